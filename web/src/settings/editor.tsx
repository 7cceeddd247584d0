/** The settings that somebody edits, until they are saved or thrown away. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";

import { ApiError } from "../api/client";
import { type Problem, readSettings, RefusedSettings, type Saved, saveSettings, SETTINGS, type SettingsFile, type SettingsMeaning } from "./api";
import { type Change, changesOf, isTree, patchOf, type Path, rebased, same, type Tree, valueAt, withValue } from "./draft";

const CONFLICT = "changed_meanwhile";

export type Outcome =
  | { is: "nothing" }
  | { is: "saving" }
  | { is: "saved"; saved: Saved }
  | { is: "refused"; problems: readonly Problem[] }
  | { is: "changed meanwhile" }
  | { is: "failed"; message: string };

export interface Editor {
  meaning: SettingsMeaning;
  file: SettingsFile;
  draft: Tree;
  changes: readonly Change[];
  conflicts: readonly Change[];
  outcome: Outcome;
  /** What is looked for, in lower case. */
  sought: string;
  set: (path: Path, value: unknown) => void;
  save: () => Promise<boolean>;
  discard: () => void;
}

const EditorContext = createContext<Editor | null>(null);

interface State {
  base: SettingsFile;
  draft: Tree;
  conflicts: readonly Change[];
  outcome: Outcome;
}

function fresh(base: SettingsFile): State {
  return { base, draft: base.inFile, conflicts: [], outcome: { is: "nothing" } };
}

interface Props {
  file: SettingsFile;
  meaning: SettingsMeaning;
  sought?: string;
  children: ReactNode;
}

export function SettingsEditor({ file, meaning, sought = "", children }: Props) {
  const queries = useQueryClient();
  const [state, setState] = useState(() => fresh(file));
  const { base, draft, conflicts, outcome } = state;
  const changes = useMemo(() => changesOf(base.inFile, draft), [base, draft]);
  useUnsavedWarning(changes.length > 0);
  const untouched = changes.length === 0 && outcome.is === "nothing";
  if (untouched && file.digest !== base.digest) setState(fresh(file));

  const set = (path: Path, value: unknown) => {
    setState((before) => {
      const after = withValue(before.draft, path, value);
      const left = before.conflicts.filter((one) => !same(valueAt(after, one.path), one.after));
      return { ...before, draft: isTree(after) ? after : {}, conflicts: left, outcome: kept(before.outcome) };
    });
  };
  const told = (outcome: Outcome) => {
    setState((before) => ({ ...before, outcome }));
  };
  const save = async (): Promise<boolean> => {
    told({ is: "saving" });
    try {
      const saved = await saveSettings(patchOf(base.inFile, draft), base.digest);
      queries.setQueryData(SETTINGS, saved.file);
      setState({ ...fresh(saved.file), outcome: { is: "saved", saved } });
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== SETTINGS[0] });
      return true;
    } catch (error) {
      await failed(error);
      return false;
    }
  };
  const failed = async (error: unknown) => {
    if (error instanceof RefusedSettings) told({ is: "refused", problems: error.problems });
    else if (error instanceof ApiError && error.code === CONFLICT) {
      const newest = await readSettings();
      setState((before) => ({
        ...rebased(before.base.inFile, before.draft, newest.inFile),
        base: newest,
        outcome: { is: "changed meanwhile" },
      }));
    } else told({ is: "failed", message: error instanceof Error ? error.message : String(error) });
  };
  const discard = () => {
    setState(fresh(base));
  };
  const editor: Editor = { meaning, file: base, draft, changes, conflicts, outcome, sought, set, save, discard };
  return <EditorContext value={editor}>{children}</EditorContext>;
}

/** What was refused stays in sight while it is put right. */
function kept(outcome: Outcome): Outcome {
  return outcome.is === "refused" || outcome.is === "changed meanwhile" ? outcome : { is: "nothing" };
}

function useUnsavedWarning(unsaved: boolean) {
  useEffect(() => {
    if (!unsaved) return undefined;
    const warn = (event: BeforeUnloadEvent) => {
      event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => {
      window.removeEventListener("beforeunload", warn);
    };
  }, [unsaved]);
}

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (editor === null) throw new Error("useEditor outside of SettingsEditor");
  return editor;
}
