import { useWords } from "../i18n/words";
import { isTree, keyText, valueAt } from "./draft";
import { type Editor, useEditor } from "./editor";
import type { Field, Section } from "./schema";
import { wrongWith } from "./schema";
import { ProblemText } from "./SettingRow";

/** What is to be saved, what came of it, and the buttons for both. */
export function SaveBar({ afterSave }: { afterSave?: () => void }) {
  const { t } = useWords();
  const editor = useEditor();
  const { changes, outcome } = editor;
  if (changes.length === 0 && outcome.is === "nothing") return null;
  const wrong = wrongKeys(editor.meaning.section, editor.draft, "");
  return (
    <div className="save-bar">
      <div aria-live="polite" className="save-told">
        {changes.length > 0 && (
          <p>
            {t("settings.changes", { n: changes.length })} <code>{changes.map(({ path }) => keyText(path)).join(", ")}</code>
          </p>
        )}
        {changes.length > 0 && wrong.length > 0 && (
          <p className="bad-text">
            {t("settings.firstRight")} <code>{wrong.join(", ")}</code>
          </p>
        )}
        <OutcomeText editor={editor} />
      </div>
      <div className="buttons">
        <button type="button" disabled={changes.length === 0 || outcome.is === "saving"} onClick={editor.discard}>
          {t("settings.discard")}
        </button>
        <button
          type="button"
          className="primary"
          disabled={changes.length === 0 || wrong.length > 0 || outcome.is === "saving"}
          onClick={() => {
            void editor.save().then((saved) => {
              if (saved) afterSave?.();
            });
          }}
        >
          {t(outcome.is === "saving" ? "settings.saving" : "settings.save")}
        </button>
      </div>
    </div>
  );
}

function OutcomeText({ editor: { outcome } }: { editor: Editor }) {
  const { t } = useWords();
  switch (outcome.is) {
    case "nothing":
    case "saving":
      return null;
    case "saved":
      return (
        <p>
          {t(outcome.saved.applied ? "settings.saved" : "settings.savedLater")}{" "}
          {outcome.saved.restart.length > 0 && <strong>{t("settings.waits", { keys: outcome.saved.restart.join(", ") })}</strong>}
        </p>
      );
    case "refused":
      return (
        <>
          <p className="bad-text">{t("settings.refused")}</p>
          {outcome.problems.map((problem) => (
            <ProblemText key={`${problem.key} ${problem.message}`} problem={problem} withKey />
          ))}
        </>
      );
    case "changed meanwhile":
      return <p className="bad-text">{t("settings.changedMeanwhile")}</p>;
    case "failed":
      return (
        <p className="bad-text">
          {t("settings.failed")} <span lang="en">{outcome.message}</span>
        </p>
      );
  }
}

/** Keys with values that cannot be right. */
function wrongKeys(section: Section, tree: unknown, above: string): string[] {
  return section.fields.flatMap((field) => wrongIn(field, valueAt(tree, [field.key]), above === "" ? field.key : `${above}.${field.key}`));
}

function wrongIn(field: Field, value: unknown, key: string): string[] {
  const own = wrongWith(field, value) === null ? [] : [key];
  const { kind } = field;
  if (value === undefined) return own;
  if (kind.is === "section") return wrongKeys(kind.section, value, key);
  if (kind.is === "sections" && Array.isArray(value))
    return value.flatMap((one, index) => wrongKeys(kind.section, one, `${key}[${index}]`));
  if (kind.is === "named" && isTree(value))
    return Object.entries(value).flatMap(([name, one]) => wrongKeys(kind.section, one, `${key}.${name}`));
  return own;
}
