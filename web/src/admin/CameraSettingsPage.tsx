import { useState } from "react";
import { Link, useLocation } from "wouter";

import { useWords } from "../i18n/words";
import type { Wish } from "../settings/api";
import { camerasIn, type ListedCamera } from "../settings/cameras";
import { textOf } from "../settings/Control";
import { type Tree, valueAt } from "../settings/draft";
import { SettingsEditor, useEditor } from "../settings/editor";
import { SaveBar } from "../settings/SaveBar";
import type { Section } from "../settings/schema";
import { SectionForm } from "../settings/SectionForm";
import { WithSettings } from "../settings/WithSettings";
import { Card, Page } from "../ui/Page";
import { AdminNav } from "./AdminNav";
import { DeleteCamera } from "./DeleteCamera";
import { TryCamera } from "./TryCamera";

const CAMERAS = "cameras";

/** Every setting of one camera. */
export function CameraSettingsPage({ camera }: { camera: string }) {
  const { t } = useWords();
  return (
    <Page
      title={t("cameras.settingsOf", { name: camera })}
      aside={
        <Link className="button" href={`/cameras/${camera}`}>
          {t("cameras.toCamera")}
        </Link>
      }
    >
      <AdminNav />
      <WithSettings>
        {(file, meaning) => {
          const cameras = camerasIn(file.inFile);
          const index = cameras.findIndex(({ id }) => id === camera);
          const found = cameras[index];
          const kind = meaning.section.fields.find(({ key }) => key === CAMERAS)?.kind;
          if (found === undefined || kind?.is !== "sections") return <p>{t("camera.notFound")}</p>;
          return (
            <SettingsEditor file={file} meaning={meaning}>
              <CameraSettings camera={found} section={kind.section} />
            </SettingsEditor>
          );
        }}
      </WithSettings>
    </Page>
  );
}

function CameraSettings({ camera, section }: { camera: ListedCamera; section: Section }) {
  const { t } = useWords();
  const { draft } = useEditor();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const index = camerasIn(draft).findIndex(({ id }) => id === camera.id);
  if (index < 0) return <p>{t("camera.notFound")}</p>;
  const path = [CAMERAS, index];
  return (
    <>
      <Card title={t("try.title")}>
        <p className="quiet">{t("try.about")}</p>
        <TryDraft id={camera.id} index={index} stream="main" />
        {hasAddress(draft, index, "sub") && (
          <>
            <h3>{t("camera.sub")}</h3>
            <TryDraft id={camera.id} index={index} stream="sub" />
          </>
        )}
      </Card>
      <section className="card settings-section">
        <SectionForm section={section} path={path} hide={["id"]} />
      </section>
      <SaveBar />
      <Card title={t("cameras.delete")}>
        <p>{t("cameras.deleteMeans")}</p>
        <button
          type="button"
          className="danger"
          onClick={() => {
            setAsking(true);
          }}
        >
          {t("cameras.delete")}
        </button>
        {asking && (
          <DeleteCamera
            camera={camera}
            onDone={(gone) => {
              setAsking(false);
              if (gone) go("/settings/cameras");
            }}
          />
        )}
      </Card>
    </>
  );
}

type StreamName = "main" | "sub";

function hasAddress(draft: Tree, index: number, stream: StreamName): boolean {
  return textOf(valueAt(draft, [CAMERAS, index, stream, "url"])) !== "";
}

/** Tries a stream of the camera as it would be after saving. */
function TryDraft({ id, index, stream }: { id: string; index: number; stream: StreamName }) {
  const { draft, file, set } = useEditor();
  const path = [CAMERAS, index, stream];
  const at = (key: string) => textOf(valueAt(draft, [...path, key]));
  const known = camerasIn(file.inFile).some((one) => one.id === id);
  const keptPassword = ["password_sealed", "password_env", "password_file"].some((key) => at(key) !== "");
  const password = at("password");
  const given = (key: string, name = key) => (at(key) === "" ? {} : { [name]: at(key) });
  const wish: Wish = {
    url: at("url"),
    ...given("username"),
    ...(password !== "" ? { password } : known && keptPassword ? { password_of: id, stream } : {}),
    ...given("transport"),
    ...given("tls_fingerprint"),
    tls_accept_any: valueAt(draft, [...path, "tls_accept_any"]) === true,
  };
  return (
    <TryCamera
      wish={wish}
      onFingerprint={(fingerprint) => {
        set([...path, "tls_accept_any"], undefined);
        set([...path, "tls_fingerprint"], fingerprint);
      }}
    />
  );
}
