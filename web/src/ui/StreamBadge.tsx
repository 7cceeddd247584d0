import type { Stream } from "../api/types";
import { useWords, type Words } from "../i18n/words";

export type Tone = "good" | "busy" | "bad" | "off";

/** How a stream is doing, as one of four tones; the words beside it say it, too. */
export function toneOf(stream: Stream): Tone {
  switch (stream.state) {
    case "off":
    case "stopping":
      return "off";
    case "connecting":
      return "busy";
    case "reconnecting":
    case "error":
      return "bad";
    case "connected":
      return stream.recording === "blocked" || stream.cause !== null ? "bad" : "good";
  }
}

/** Seconds until the next attempt, on the clock of the server; null: none is due. */
export function retryInS(stream: Stream, now: string): number | null {
  if (stream.next_retry === null) return null;
  return Math.max(0, Math.ceil((Date.parse(stream.next_retry) - Date.parse(now)) / 1000));
}

export function stateText(stream: Stream, now: string, { t, label }: Words): string {
  const state = label("streamState", stream.state);
  const wait = stream.state === "connected" ? null : retryInS(stream, now);
  if (wait === null) return state;
  return `${state} · ${wait > 0 ? t("camera.retryIn", { s: wait }) : t("camera.retryNow")}`;
}

export function statisticsText({ statistics }: Stream, { t }: Words): string {
  if (statistics.width === 0 || statistics.last_frame_age_s === null) return t("camera.noStatistics");
  return t("camera.statistics", {
    fps: statistics.fps.toFixed(1),
    mbps: (statistics.bitrate_bps / 1e6).toFixed(1),
    width: statistics.width,
    height: statistics.height,
  });
}

/** Why a stream is not connected or not recorded: kind, then what was said of it. */
export function CauseText({ stream }: { stream: Stream }) {
  const { label } = useWords();
  if (stream.cause === null) return null;
  return (
    <>
      <strong>{label("reason", stream.cause.reason)}</strong> <span lang="en">{stream.cause.message}</span>
    </>
  );
}

export function StreamBadge({ stream, now }: { stream: Stream; now: string }) {
  const words = useWords();
  return (
    <span className="badge" data-tone={toneOf(stream)}>
      {stateText(stream, now, words)}
    </span>
  );
}

export function RecordingBadge({ stream }: { stream: Stream }) {
  const { label } = useWords();
  const tones = { recording: "record", waiting: "busy", blocked: "bad", off: "off" } as const;
  return (
    <span className="badge" data-tone={tones[stream.recording]}>
      {label("recording", stream.recording)}
    </span>
  );
}
