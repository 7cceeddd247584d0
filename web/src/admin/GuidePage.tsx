import { useState } from "react";
import { Link } from "wouter";

import { useVolumes } from "../api/queries";
import type { Volume } from "../api/types";
import { useWords } from "../i18n/words";
import { camerasIn } from "../settings/cameras";
import { SettingsEditor } from "../settings/editor";
import { SaveBar } from "../settings/SaveBar";
import { SectionForm } from "../settings/SectionForm";
import { WithSettings } from "../settings/WithSettings";
import { CauseText } from "../ui/CauseText";
import { Loaded } from "../ui/Loaded";
import { Meter } from "../ui/Meter";
import { Card, Page } from "../ui/Page";
import { AdminNav } from "./AdminNav";
import { CameraForm } from "./CameraForm";
import { FileSystems } from "./FileSystems";

const STEPS = ["disk", "cameras", "done"] as const;
type Step = (typeof STEPS)[number];

/** What is to be done first: where recordings go, and which cameras there are. */
export function GuidePage() {
  const { t } = useWords();
  const [step, setStep] = useState<Step>("disk");
  const number = STEPS.indexOf(step);
  const next = STEPS[number + 1];
  const before = STEPS[number - 1];
  return (
    <Page title={t("guide.title")} aside={<Link href="/cameras">{t("guide.skip")}</Link>}>
      <AdminNav />
      <ol className="steps">
        {STEPS.map((one) => (
          <li key={one} aria-current={one === step ? "step" : undefined}>
            {t(`guide.${one}`)}
          </li>
        ))}
      </ol>
      {step === "disk" && <Disk />}
      {step === "cameras" && <Cameras />}
      {step === "done" && <Done />}
      <div className="buttons">
        {before !== undefined && (
          <button
            type="button"
            onClick={() => {
              setStep(before);
            }}
          >
            {t("guide.back")}
          </button>
        )}
        {next === undefined ? (
          <Link className="button" href="/cameras">
            {t("app.toCameras")}
          </Link>
        ) : (
          <button
            type="button"
            className="primary"
            onClick={() => {
              setStep(next);
            }}
          >
            {t("guide.next")}
          </button>
        )}
      </div>
    </Page>
  );
}

function Disk() {
  const { t } = useWords();
  const volumes = useVolumes();
  return (
    <>
      <Card title={t("guide.disk")}>
        <p>{t("guide.diskAbout")}</p>
        <Loaded query={volumes}>
          {({ volumes: list }) => list.map((volume) => <VolumeRoom key={volume.path} volume={volume} />)}
        </Loaded>
      </Card>
      <WithSettings>
        {(file, meaning) => {
          const storage = meaning.section.fields.find(({ key }) => key === "storage")?.kind;
          if (storage?.is !== "section") return null;
          const volumesOnly = storage.section.fields.filter(({ key }) => key === "volumes");
          return (
            <SettingsEditor file={file} meaning={meaning}>
              <Card title={t("guide.disksHere")}>
                <p className="quiet">{t("guide.disksAbout")}</p>
                <FileSystems />
              </Card>
              <section className="card settings-section">
                <SectionForm section={{ about: "", fields: volumesOnly }} path={["storage"]} />
              </section>
              <SaveBar />
            </SettingsEditor>
          );
        }}
      </WithSettings>
    </>
  );
}

function VolumeRoom({ volume: { path, state, free_bytes: free, total_bytes: total, cause } }: { volume: Volume }) {
  const { t, label, bytes } = useWords();
  const room = free === null || total === null ? null : { used: bytes(total - free), total: bytes(total), free: bytes(free) };
  return (
    <div className="volume">
      <h3>
        {path}{" "}
        <span className="badge" data-tone={state === "good" ? "good" : state === "failing" ? "bad" : "busy"}>
          {label("volumeState", state)}
        </span>
      </h3>
      {room !== null && free !== null && total !== null && (
        <>
          <Meter label={t("storage.used", room)} used={total === 0 ? 0 : (total - free) / total} ours={0} mark={null} />
          <p>{t("storage.used", room)}</p>
        </>
      )}
      {cause !== null && (
        <p className="bad-text">
          <CauseText cause={cause} />
        </p>
      )}
    </div>
  );
}

function Cameras() {
  const { t } = useWords();
  const [added, setAdded] = useState<readonly string[]>([]);
  return (
    <Card title={t("guide.cameras")}>
      <WithSettings>
        {(file) => {
          const cameras = camerasIn(file.inFile);
          return (
            <>
              <p>{t("guide.camerasThere", { n: cameras.length })}</p>
              {cameras.length > 0 && (
                <ul className="plain">
                  {cameras.map(({ id, name }) => (
                    <li key={id}>
                      {name} {added.includes(id) && <span className="badge" data-tone="good">{t("guide.added")}</span>}
                    </li>
                  ))}
                </ul>
              )}
              <CameraForm
                taken={cameras.map(({ id }) => id)}
                onAdded={(id) => {
                  setAdded((before) => [...before, id]);
                }}
              />
            </>
          );
        }}
      </WithSettings>
    </Card>
  );
}

function Done() {
  const { t } = useWords();
  return (
    <Card title={t("guide.done")}>
      <p>{t("guide.doneAbout")}</p>
      <ul>
        <li>
          <Link href="/cameras">{t("app.toCameras")}</Link>
        </li>
        <li>
          <Link href="/settings/users">{t("guide.toUsers")}</Link>
        </li>
        <li>
          <Link href="/settings">{t("guide.toSettings")}</Link>
        </li>
      </ul>
    </Card>
  );
}
