import { useCallback, useState } from "react";

import { useWords } from "../i18n/words";
import { useAsked } from "../logs/address";
import { textOf } from "../logs/lines";
import { LogFilters } from "../logs/LogFilters";
import { LogLines } from "../logs/LogLines";
import { useLog } from "../logs/useLog";
import { MINUTE } from "../time/zone";
import { copyText } from "../ui/copy";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";

const STEP_MS = 5 * MINUTE;

/** What all processes of gstnvr logged, searched and followed. */
export function LogsPage() {
  const { t } = useWords();
  const { wish, end, moment, change } = useAsked();
  const [wanted, setWanted] = useState(true);
  const [wrap, setWrap] = useState(true);
  const { note, copy } = useCopying();
  const following = wanted && wish.to === undefined;
  const log = useLog(wish, following);
  const lines = log.data?.pages.flatMap((page) => page.lines) ?? [];
  const later = (moment: string, ms: number) => new Date(Date.parse(moment) + ms).toISOString();
  return (
    <Page title={t("logs.title")} className="wide">
      <LogFilters wish={wish} end={end} onChange={change} />
      <div className="toolbar">
        <Toggle
          text={t("logs.follow")}
          on={following}
          onChange={(on) => {
            setWanted(on);
            if (on) change({ to: "" });
          }}
        />
        <Toggle text={t("logs.wrap")} on={wrap} onChange={setWrap} />
        <button
          type="button"
          disabled={lines.length === 0}
          onClick={() => {
            copy(lines.map(textOf));
          }}
        >
          {t("logs.copyAll")}
        </button>
        <output className="quiet">
          {note ?? `${t("logs.lines", { n: lines.length })} ${log.hasNextPage ? t("logs.moreBelow") : ""}`}
        </output>
      </div>
      {wish.to !== undefined && (
        <StepButton
          text={t("logs.later")}
          onStep={() => {
            change({ to: later(wish.to ?? "", STEP_MS) });
          }}
        />
      )}
      <Loaded query={log}>
        {() =>
          lines.length === 0 ? (
            <p className="quiet">{t("logs.none")}</p>
          ) : (
            <LogLines
              lines={lines}
              wanted={wish.text ?? ""}
              moment={moment}
              wrap={wrap}
              onCopy={copy}
            />
          )
        }
      </Loaded>
      {log.hasNextPage && (
        <StepButton text={t("logs.older")} disabled={log.isFetchingNextPage} onStep={() => void log.fetchNextPage()} />
      )}
      {wish.from !== undefined && !log.hasNextPage && (
        <StepButton
          text={t("logs.earlier")}
          onStep={() => {
            change({ from: later(wish.from ?? "", -STEP_MS) });
          }}
        />
      )}
    </Page>
  );
}

function Toggle({ text, on, onChange }: { text: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      onClick={() => {
        onChange(!on);
      }}
    >
      {text}
    </button>
  );
}

function StepButton({ text, disabled = false, onStep }: { text: string; disabled?: boolean; onStep: () => void }) {
  return (
    <div className="step">
      <button type="button" disabled={disabled} onClick={onStep}>
        {text}
      </button>
    </div>
  );
}

/** Copies lines, and says whether that was possible. */
function useCopying() {
  const { t } = useWords();
  const [note, setNote] = useState<string | null>(null);
  const copy = useCallback(
    (lines: string | readonly string[]) => {
      const chosen = typeof lines === "string" ? [lines] : lines;
      void copyText(`${chosen.join("\n")}\n`).then((copied) => {
        setNote(copied ? t("logs.copied", { n: chosen.length }) : t("logs.notCopied"));
      });
    },
    [t],
  );
  return { note, copy };
}
