import { useEffect, useId, useState } from "react";

import { useStreams } from "../api/queries";
import type { LogLevel } from "../api/types";
import { useWords } from "../i18n/words";
import { camerasOf } from "../pages/cameras";
import { Choice } from "../ui/Choice";
import { MomentField } from "../ui/MomentField";
import type { Part } from "./address";
import { type LogWish, useLogProcesses } from "./useLog";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error", "critical"];
const TYPING_MS = 350;

interface Props {
  wish: LogWish;
  /** As it was entered, also where it is before the beginning. */
  end: string;
  onChange: (changes: Partial<Record<Part, string>>) => void;
}

/** Which lines are shown. */
export function LogFilters({ wish, end, onChange }: Props) {
  const { t, label } = useWords();
  const cameras = camerasOf(useStreams().data?.streams ?? []).map(({ id, name }): [string, string] => [id, name]);
  const processes = useLogProcesses().map((name): [string, string] => [name, name]);
  return (
    <div className="toolbar" role="search">
      <Search
        value={wish.text ?? ""}
        onChange={(text) => {
          onChange({ text });
        }}
      />
      <Choice
        label={t("logs.level")}
        value={wish.level ?? "debug"}
        options={LEVELS.map((level): [string, string] => [level, label("logLevel", level)])}
        onChange={(level) => {
          onChange({ level: level === "debug" ? "" : level });
        }}
      />
      <Choice
        label={t("logs.camera")}
        value={wish.camera ?? ""}
        options={withKnown([["", t("app.all")], ...cameras], wish.camera)}
        onChange={(camera) => {
          onChange({ camera });
        }}
      />
      <Choice
        label={t("logs.process")}
        value={wish.process ?? ""}
        options={withKnown([["", t("app.all")], ...processes], wish.process)}
        onChange={(process) => {
          onChange({ process });
        }}
      />
      <Times wish={wish} end={end} onChange={onChange} />
    </div>
  );
}

function Times({ wish, end, onChange }: Props) {
  const { t } = useWords();
  return (
    <>
      <MomentField
        label={t("logs.from")}
        value={wish.from ?? ""}
        onChange={(from) => {
          onChange({ from });
        }}
      />
      <MomentField
        label={t("logs.to")}
        value={end}
        onChange={(to) => {
          onChange({ to });
        }}
      />
      {(wish.from ?? end) !== "" && (
        <button
          type="button"
          onClick={() => {
            onChange({ from: "", to: "" });
          }}
        >
          {t("logs.clearTimes")}
        </button>
      )}
    </>
  );
}

/** Options with the one that is chosen, which may be of a camera or process that is no longer there. */
function withKnown(options: [string, string][], chosen: string | undefined): [string, string][] {
  if (chosen === undefined || options.some(([value]) => value === chosen)) return options;
  return [...options, [chosen, chosen]];
}

/** Searches when somebody has stopped typing. */
function Search({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useWords();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(() => {
      setTyped(null);
      onChange(typed.trim());
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [typed, onChange]);
  return (
    <div className="choice search">
      <label htmlFor={id}>{t("logs.search")}</label>
      <input
        id={id}
        type="search"
        maxLength={200}
        value={typed ?? value}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
      />
    </div>
  );
}
