import { useState } from "react";
import { Link } from "wouter";

import { useWords } from "../i18n/words";
import type { SettingsFile, SettingsMeaning } from "../settings/api";
import { SettingsEditor } from "../settings/editor";
import { type Field, matches, type Section } from "../settings/schema";
import { SaveBar } from "../settings/SaveBar";
import { SectionForm } from "../settings/SectionForm";
import { WithSettings } from "../settings/WithSettings";
import { Page } from "../ui/Page";
import { AdminNav } from "./AdminNav";

const CAMERAS = "cameras";

/** Every setting, its meaning and its limits. */
export function SettingsPage() {
  const { t } = useWords();
  return (
    <Page title={t("admin.settings")}>
      <AdminNav />
      <WithSettings>{(file, meaning) => <Editing file={file} meaning={meaning} />}</WithSettings>
    </Page>
  );
}

function Editing({ file, meaning }: { file: SettingsFile; meaning: SettingsMeaning }) {
  const { t } = useWords();
  const [sought, setSought] = useState("");
  const wanted = sought.trim().toLowerCase();
  const found = meaning.section.fields.filter((field) => matches(field, "", wanted));
  return (
    <SettingsEditor file={file} meaning={meaning} sought={wanted}>
      <div className="toolbar">
        <input
          type="search"
          className="long"
          aria-label={t("settings.search")}
          placeholder={t("settings.search")}
          value={sought}
          onChange={(event) => {
            setSought(event.target.value);
          }}
        />
        <span className="quiet">{t("settings.file", { file: file.path })}</span>
      </div>
      <Contents fields={found} />
      {found.length === 0 && <p className="quiet">{t("settings.notFound")}</p>}
      {found.map((field) => (
        <TopCard key={field.key} field={field} sought={wanted} />
      ))}
      <SaveBar />
    </SettingsEditor>
  );
}

function Contents({ fields }: { fields: readonly Field[] }) {
  const { t } = useWords();
  return (
    <nav className="contents" aria-label={t("settings.sections")}>
      {fields.map(({ key }) => (
        <a key={key} href={`#${key}`}>
          <code>{key}</code>
        </a>
      ))}
    </nav>
  );
}

function TopCard({ field, sought }: { field: Field; sought: string }) {
  const section: Section = { about: "", fields: [field] };
  const about = field.kind.is === "section" ? field.about || field.kind.section.about : field.about;
  return (
    <section className="card settings-section" id={field.key}>
      <h2>
        <code>{field.key}</code>
      </h2>
      {field.kind.is === "section" ? (
        <>
          <p className="quiet">{about}</p>
          <SectionForm section={field.kind.section} path={[field.key]} />
        </>
      ) : field.key === CAMERAS && field.kind.is === "sections" ? (
        <CameraKeys section={field.kind.section} sought={sought} />
      ) : (
        <SectionForm section={section} path={[]} />
      )}
    </section>
  );
}

/** Where cameras are set; what is looked for is told also of their keys. */
function CameraKeys({ section, sought }: { section: Section; sought: string }) {
  const { t } = useWords();
  const keys = sought === "" ? [] : keysOf(section, "").filter(([key, about]) => `cameras.${key} ${about}`.toLowerCase().includes(sought));
  return (
    <>
      <p>
        {t("settings.camerasElsewhere")} <Link href="/settings/cameras">{t("settings.toCameras")}</Link>
      </p>
      {keys.length > 0 && (
        <dl className="figures">
          {keys.map(([key, about]) => (
            <div key={key}>
              <dt>
                <code>{key}</code>
              </dt>
              <dd>{about}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

function keysOf(section: Section, above: string): [key: string, about: string][] {
  return section.fields.flatMap(({ key, about, kind }): [string, string][] => {
    const here = above === "" ? key : `${above}.${key}`;
    return kind.is === "section" ? keysOf(kind.section, here) : [[here, about]];
  });
}
