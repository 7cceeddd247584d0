import type { Stream } from "../api/types";
import { useWords, type Words } from "../i18n/words";
import { useCountdown } from "./useCountdown";

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

/** Seconds until the next attempt, counted down; null: none is due. */
export function useRetry(stream: Stream, now: string): number | null {
  return useCountdown(stream.state === "connected" ? null : stream.next_retry, now);
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

export function StreamBadge({ stream, now }: { stream: Stream; now: string }) {
  const { t, label } = useWords();
  const wait = useRetry(stream, now);
  return (
    <span className="badge" data-tone={toneOf(stream)}>
      {label("streamState", stream.state)}
      {wait !== null && ` · ${wait > 0 ? t("camera.retryIn", { s: wait }) : t("camera.retryNow")}`}
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
