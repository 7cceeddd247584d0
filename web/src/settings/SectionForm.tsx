import { useState } from "react";

import { useWords } from "../i18n/words";
import { textOf } from "./Control";
import { isTree, keyText, type Path, valueAt } from "./draft";
import { useEditor } from "./editor";
import { type Field, matches, type Section } from "./schema";
import { SettingRow } from "./SettingRow";

/** All keys of a section, and of the sections within, as far as they match what is looked for. */
export function SectionForm({ section, path, hide = [] }: { section: Section; path: Path; hide?: readonly string[] }) {
  const { sought } = useEditor();
  return section.fields
    .filter((field) => !hide.includes(field.key) && matches(field, keyText(path), sought))
    .map((field) => <FieldForm key={field.key} field={field} path={[...path, field.key]} />);
}

function FieldForm({ field, path }: { field: Field; path: Path }) {
  switch (field.kind.is) {
    case "section":
      return <WithinForm field={field} section={field.kind.section} optional={field.kind.optional} path={path} />;
    case "sections":
      return <ListForm field={field} section={field.kind.section} path={path} />;
    case "named":
      return <NamedForm field={field} section={field.kind.section} path={path} />;
    case "switch":
    case "number":
    case "text":
    case "choice":
    case "texts":
      return <SettingRow field={field} path={path} />;
  }
}

interface Props {
  field: Field;
  section: Section;
  path: Path;
}

function WithinForm({ field, section, optional, path }: Props & { optional: boolean }) {
  const { t } = useWords();
  const { draft, set } = useEditor();
  const given = valueAt(draft, path) !== undefined;
  return (
    <fieldset className="settings-within">
      <legend>
        <code>{keyText(path)}</code>
      </legend>
      <p className="quiet">{field.about || section.about}</p>
      {optional && (
        <button
          type="button"
          aria-label={`${t(given ? "settings.removeOwn" : "settings.giveOwn")} ${keyText(path)}`}
          onClick={() => {
            set(path, given ? undefined : {});
          }}
        >
          {t(given ? "settings.removeOwn" : "settings.giveOwn")}
        </button>
      )}
      {(given || !optional) && <SectionForm section={section} path={path} />}
    </fieldset>
  );
}

function ListForm({ field, section, path }: Props) {
  const { t } = useWords();
  const { draft, set } = useEditor();
  const value = valueAt(draft, path);
  const entries: unknown[] = Array.isArray(value) ? value : [];
  return (
    <fieldset className="settings-within">
      <legend>
        <code>{keyText(path)}</code>
      </legend>
      <p className="quiet">{field.about || section.about}</p>
      {entries.map((entry, index) => (
        <Entry key={index} name={nameOf(entry, index)} section={section} path={[...path, index]} />
      ))}
      <button
        type="button"
        onClick={() => {
          set(path, [...entries, {}]);
        }}
      >
        {t("settings.add")} <code>{field.key}</code>
      </button>
    </fieldset>
  );
}

function NamedForm({ field, section, path }: Props) {
  const { t } = useWords();
  const { draft, set } = useEditor();
  const [name, setName] = useState("");
  const value = valueAt(draft, path);
  const names = isTree(value) ? Object.keys(value) : [];
  const usable = name.trim() !== "" && !names.includes(name.trim());
  return (
    <fieldset className="settings-within">
      <legend>
        <code>{keyText(path)}</code>
      </legend>
      <p className="quiet">{field.about || section.about}</p>
      {names.map((one) => (
        <Entry key={one} name={one} section={section} path={[...path, one]} />
      ))}
      <div className="buttons">
        <input
          aria-label={t("settings.newName", { key: field.key })}
          placeholder={t("settings.name")}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
        <button
          type="button"
          disabled={!usable}
          onClick={() => {
            set([...path, name.trim()], {});
            setName("");
          }}
        >
          {t("settings.add")} <code>{field.key}</code>
        </button>
      </div>
    </fieldset>
  );
}

function Entry({ name, section, path }: { name: string; section: Section; path: Path }) {
  const { t } = useWords();
  const { set } = useEditor();
  return (
    <fieldset className="settings-entry">
      <legend>{name}</legend>
      <SectionForm section={section} path={path} />
      <button
        type="button"
        onClick={() => {
          set(path, undefined);
        }}
      >
        {t("settings.remove", { name })}
      </button>
    </fieldset>
  );
}

function nameOf(entry: unknown, index: number): string {
  if (!isTree(entry)) return String(index + 1);
  return textOf(entry.name ?? entry.id ?? entry.path) || String(index + 1);
}
