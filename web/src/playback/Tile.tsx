import { type RefCallback, useCallback } from "react";

import { useWords, type Words } from "../i18n/words";
import type { Problem } from "./feeder";
import type { Playback, PlaybackState, View } from "./playback";
import { type DayContent, spanAt } from "./spans";

interface Props {
  playback: Playback;
  state: PlaybackState;
  camera: string;
  name: string;
  content: DayContent;
  muted: boolean;
  /** One of several; makes it the first. */
  onChoose: (() => void) | null;
  /** Nothing was recorded on the day that is shown. */
  empty: boolean;
}

/** The picture of one of the cameras, or why there is none. */
export function Tile({ playback, state, camera, name, content, muted, onChoose, empty }: Props) {
  const { t } = useWords();
  const attach: RefCallback<HTMLVideoElement> = useCallback(
    (video) => (video === null ? undefined : playback.add(camera, video)),
    [playback, camera],
  );
  const view = state.views.find((one) => one.camera === camera);
  const kind = view?.coverage.kind ?? "loading";
  const covered = state.views.length > 1 && (kind === "gap" || kind === "end");
  return (
    <figure
      className="picture"
      data-camera={camera}
      data-coverage={kind}
      data-covered={covered}
      data-playing={state.playing}
      data-loading={state.loading}
      data-time={state.time ?? ""}
    >
      <video ref={attach} muted={muted} playsInline disablePictureInPicture aria-label={t("play.picture", { name })} />
      <Notes state={state} view={view} content={content} empty={empty} />
      {onChoose !== null && (
        <figcaption>
          <button type="button" title={t("play.first", { name })} onClick={onChoose}>
            {name}
          </button>
        </figcaption>
      )}
    </figure>
  );
}

interface NotesProps {
  state: PlaybackState;
  view: View | undefined;
  content: DayContent;
  empty: boolean;
}

/** What there is to say over the picture. */
function Notes({ state, view, content, empty }: NotesProps) {
  const words = useWords();
  const { t, label, duration } = words;
  const { skipped } = state;
  const gap = skipped === null ? null : spanAt(content.gaps, (skipped.from + skipped.to) / 2);
  const note = noteOf(state, view, content, empty, words);
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
      {typeof view?.silent === "string" && (
        <p className="picture-note low">{t("play.noSound", { codec: view.silent })}</p>
      )}
    </div>
  );
}

function noteOf(
  { time, loading, atEnd }: PlaybackState,
  view: View | undefined,
  content: DayContent,
  empty: boolean,
  { t, label, time: clock }: Words,
): string | null {
  if (time === null) return empty ? t("play.nothingDay") : t("app.loading");
  if (view?.coverage.kind === "problem") return problemText(view.coverage.problem, t);
  if (loading) return view?.coverage.kind === "picture" ? null : t("play.loading");
  if (view?.coverage.kind === "gap") {
    const cause = label("gapCause", spanAt(content.gaps, time)?.gap.cause ?? "unknown");
    return t("play.noPicture", { cause, time: clock(view.coverage.until) });
  }
  if (atEnd) return t("play.ended");
  return view?.coverage.kind === "end" ? t("play.nothingThere") : null;
}

function problemText(problem: Problem, t: Words["t"]): string {
  switch (problem.kind) {
    case "codec":
      return t("play.unsupported", { codec: problem.codec });
    case "container":
      return t("play.container");
    case "file":
      return t("play.fileGone", { message: problem.message });
  }
}
