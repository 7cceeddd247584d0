import { useWords } from "../i18n/words";
import type { Stream } from "../api/types";
import { Card } from "../ui/Page";
import { CauseText } from "../ui/CauseText";
import { RecordingBadge, statisticsText, StreamBadge, useRetry } from "../ui/StreamBadge";
import type { Camera } from "./cameras";
import { RecordingOrder } from "./RecordingOrder";

/** How a camera is doing, why, what comes next, and what can be ordered. */
export function CameraState({ camera: { main, sub }, now }: { camera: Camera; now: string }) {
  const words = useWords();
  const { t, dateTime } = words;
  return (
    <Card title={t("camera.state")}>
      <p>
        <StreamBadge stream={main} now={now} /> <RecordingBadge stream={main} />{" "}
        <span className="quiet">{t("camera.since", { time: dateTime(main.since) })}</span>
      </p>
      <Retry stream={main} now={now} />
      {main.cause !== null && (
        <p className="cause">
          {t("camera.cause")}: <CauseText cause={main.cause} />
          {main.attempts > 0 && ` (${t("camera.attempts", { n: main.attempts })})`}
        </p>
      )}
      {main.recording === "blocked" && <p>{t("camera.buffered", { s: main.buffered_s.toFixed(0) })}</p>}
      <RecordingOrder stream={main} />
      {sub !== null && (
        <p>
          {t("camera.sub")}: <StreamBadge stream={sub} now={now} />{" "}
          <span className="quiet">{statisticsText(sub, words)}</span>
        </p>
      )}
    </Card>
  );
}

/** How long it still is until the next attempt. */
function Retry({ stream, now }: { stream: Stream; now: string }) {
  const { t } = useWords();
  const left = useRetry(stream, now);
  if (left === null || stream.next_retry === null) return null;
  const whole = (Date.parse(stream.next_retry) - Date.parse(stream.since)) / 1000;
  return (
    <div className="countdown">
      <strong>{left > 0 ? t("camera.countdown", { s: left }) : t("camera.retryNow")}</strong>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect className="room" width="100" height="4" />
        <rect className="left" width={whole > 0 ? Math.min(100, (100 * left) / whole) : 0} height="4" />
      </svg>
    </div>
  );
}
