import { useWords, type Words } from "../i18n/words";
import type { PlayerState, Problem } from "./player";
import { type DayContent, spanAt } from "./spans";

interface Props {
  state: PlayerState;
  content: DayContent;
  /** Nothing was recorded on the day that is shown. */
  empty: boolean;
}

/** What there is to say over the picture. */
export function PlayerNote({ state, content, empty }: Props) {
  const words = useWords();
  const { t, label, duration } = words;
  const note = noteOf(state, empty, words);
  const { skipped } = state;
  const gap = skipped === null ? null : spanAt(content.gaps, (skipped.from + skipped.to) / 2);
  return (
    <div role="status" className="picture-notes">
      {note !== null && <p className="picture-note">{note}</p>}
      {skipped !== null && (
        <p className="picture-note">
          {t("play.skipped", {
            duration: duration((skipped.to - skipped.from) / 1000),
            cause: label("gapCause", gap?.gap.cause ?? "unknown"),
          })}
        </p>
      )}
      {state.silent !== null && <p className="picture-note low">{t("play.noSound", { codec: state.silent })}</p>}
    </div>
  );
}

function noteOf({ problem, time, loading, atEnd }: PlayerState, empty: boolean, words: Words): string | null {
  const { t } = words;
  if (problem !== null) return problemText(problem, words);
  if (time === null) return empty ? t("play.nothingDay") : t("app.loading");
  if (loading) return t("play.loading");
  return atEnd ? t("play.ended") : null;
}

function problemText(problem: Problem, { t }: Words): string {
  switch (problem.kind) {
    case "nothing":
      return t("play.nothingThere");
    case "codec":
      return t("play.unsupported", { codec: problem.codec });
    case "container":
      return t("play.container");
    case "file":
      return t("play.fileGone", { message: problem.message });
  }
}
