import { type ReactNode, useId } from "react";

import { useWords, type Words } from "../i18n/words";
import type { Problem } from "./api";
import { Control, textOf } from "./Control";
import { keyText, type Path, valueAt } from "./draft";
import { type Editor, useEditor } from "./editor";
import { type Field, wrongWith } from "./schema";
import { unitOf } from "./units";

/** One key: what it means, its value, limits and default, and what is wrong with it. */
export function SettingRow({ field, path }: { field: Field; path: Path }) {
  const words = useWords();
  const { t } = words;
  const editor = useEditor();
  const id = useId();
  const value = valueAt(editor.draft, path);
  const problems = problemsAt(editor, field, path, words);
  const unit = unitOf(field.key);
  const handle = { id, describedBy: `${id}-about`, invalid: problems.length > 0 };
  return (
    <div className="setting" data-key={keyText(path)}>
      <div className="setting-name">
        <label htmlFor={id}>
          <span className="for-readers">{above(path)}</span>
          <code>{field.key}</code>
        </label>
        <Marks field={field} path={path} />
      </div>
      <div id={`${id}-about`} className="setting-about">
        <p>{field.about}</p>
        <p className="quiet">{[...limitsOf(field, words), ...defaultOf(field, words)].join(" · ")}</p>
        {problems}
      </div>
      <div className="setting-value">
        {field.secret ? (
          <Secret field={field} path={path} id={id} describedBy={handle.describedBy} />
        ) : (
          <Control
            field={field}
            value={value}
            handle={handle}
            onChange={(given) => {
              editor.set(path, given);
            }}
          />
        )}
        {unit !== null && field.kind.is === "number" && <span className="quiet">{t(unit)}</span>}
        {value !== undefined && !field.required && !field.secret && (
          <button
            type="button"
            className="plain-button"
            onClick={() => {
              editor.set(path, undefined);
            }}
          >
            {t("settings.toDefault")}
            <span className="for-readers"> {keyText(path)}</span>
          </button>
        )}
      </div>
    </div>
  );
}

function above(path: Path): string {
  const section = keyText(path.slice(0, -1));
  return section === "" ? "" : `${section}.`;
}

function Marks({ field, path }: { field: Field; path: Path }) {
  const { t } = useWords();
  const { draft, file, meaning, changes } = useEditor();
  const key = keyText(path);
  const unsaved = changes.some((one) => key === keyText(one.path) || keyText(one.path).startsWith(`${key}.`));
  const inFile = valueAt(file.inFile, path) !== undefined;
  const restarts = meaning.restart.some((one) => key === one || key.startsWith(`${one}.`));
  return (
    <span className="setting-marks">
      {unsaved && (
        <span className="badge" data-tone="busy">
          {t("settings.unsaved")}
        </span>
      )}
      {!unsaved && inFile && !field.required && <span className="badge">{t("settings.set")}</span>}
      {field.required && valueAt(draft, path) === undefined && <span className="badge">{t("settings.required")}</span>}
      {restarts && <span className="badge">{t("settings.restart")}</span>}
    </span>
  );
}

function limitsOf({ kind }: Field, { t }: Words): string[] {
  if (kind.is === "texts") return [t("settings.onePerLine")];
  if (kind.is !== "number") return [];
  const { least, most } = kind;
  if (least !== null && most !== null) return [t("settings.limits", { least, most })];
  return least === null ? [] : [t("settings.least", { least })];
}

function defaultOf({ kind, fallback, required, secret }: Field, { t }: Words): string[] {
  if (required || secret) return [];
  if (fallback === null || fallback === "") return [t("settings.noDefault")];
  if (kind.is === "switch") return [t("settings.default", { value: t(fallback === true ? "settings.on" : "settings.off") })];
  if (Array.isArray(fallback))
    return [fallback.length === 0 ? t("settings.noDefault") : t("settings.default", { value: fallback.map(textOf).join(", ") })];
  return [t("settings.default", { value: textOf(fallback) })];
}

function problemsAt(editor: Editor, field: Field, path: Path, words: Words): ReactNode[] {
  const { t } = words;
  const key = keyText(path);
  const value = valueAt(editor.draft, path);
  const wrong = wrongWith(field, value);
  const asked = editor.changes.length > 0 || editor.outcome.is === "refused";
  const told = editor.outcome.is === "refused" ? editor.outcome.problems.filter((one) => concerns(one, key)) : [];
  const conflict = editor.conflicts.find((one) => keyText(one.path) === key);
  return [
    ...(wrong !== null && asked ? [<WrongText key="wrong" text={wrongText(wrong, field, words)} />] : []),
    ...told.map((problem) => <ProblemText key={problem.message} problem={problem} />),
    ...(conflict === undefined
      ? []
      : [
          <p key="conflict" className="bad-text">
            {t("settings.conflict", { value: conflict.after === undefined ? t("settings.nothing") : textOf(conflict.after) })}{" "}
            <button
              type="button"
              onClick={() => {
                editor.set(path, conflict.after);
              }}
            >
              {t("settings.takeTheirs")}
            </button>
          </p>,
        ]),
  ];
}

function concerns({ key }: Problem, own: string): boolean {
  return key === own || key.startsWith(`${own}[`);
}

function WrongText({ text }: { text: string }) {
  return <p className="bad-text">{text}</p>;
}

export function wrongText(wrong: NonNullable<ReturnType<typeof wrongWith>>, { kind }: Field, { t }: Words): string {
  if (wrong !== "settings.wrong.range" || kind.is !== "number") return t(wrong);
  const { least, most } = kind;
  if (least !== null && most !== null) return t("settings.wrong.range", { least, most });
  return t("settings.wrong.least", { least: least ?? 0 });
}

/** What the server said: message, what would be right, and the place in the file as it would be. */
export function ProblemText({ problem, withKey = false }: { problem: Problem; withKey?: boolean }) {
  const { t } = useWords();
  const { file, line, key, message, suggestion } = problem;
  return (
    <p className="bad-text">
      {withKey && key !== "" && <code>{key} </code>}
      <span lang="en">
        {message}
        {suggestion !== null && `; ${suggestion}`}
      </span>{" "}
      <span className="quiet">{line === null ? file : t("settings.place", { file, line })}</span>
    </p>
  );
}

/** A secret that can be set, and removed, and is never shown. */
function Secret({ field, path, id, describedBy }: { field: Field; path: Path; id: string; describedBy: string }) {
  const { t } = useWords();
  const editor = useEditor();
  const plain = [...path.slice(0, -1), field.key.replace(/_sealed$/, "")];
  const typed = valueAt(editor.draft, plain);
  const isSet = valueAt(editor.draft, path) !== undefined;
  return (
    <>
      <input
        id={id}
        aria-describedby={describedBy}
        type="password"
        className="long"
        autoComplete="new-password"
        value={textOf(typed)}
        placeholder={t(isSet ? "settings.secretSet" : "settings.secretNone")}
        onChange={(event) => {
          editor.set(plain, event.target.value === "" ? undefined : event.target.value);
        }}
      />
      {isSet && (
        <button
          type="button"
          className="plain-button"
          onClick={() => {
            editor.set(path, undefined);
          }}
        >
          {t("settings.secretRemove")}
        </button>
      )}
    </>
  );
}
