import type { Stream } from "../api/types";
import { useWords } from "../i18n/words";
import { WAY_NAMES } from "../live/feed";
import { codecName } from "../playback/codecs";
import type { Shown } from "./CameraPicture";

/** Figures of a stream in words. */
export function StreamFigures({ stream: { statistics }, shown }: { stream: Stream; shown: Shown }) {
  const { t } = useWords();
  const { link } = statistics;
  const rows: [string, string][] = [
    [t("live.shown"), shown.way === null ? t("live.shown.not") : t(`live.shown.${shown.stream}`, { way: WAY_NAMES[shown.way] })],
    [t("camera.codec"), statistics.video_codec === null ? "–" : codecName(statistics.video_codec)],
    [t("camera.resolution"), statistics.width === 0 ? "–" : `${statistics.width}x${statistics.height}`],
    [t("camera.audio"), statistics.audio_codec === null ? t("app.none") : codecName(statistics.audio_codec)],
    [t("camera.reconnects"), String(statistics.reconnects)],
    [t("camera.dropped"), String(statistics.frames_dropped)],
  ];
  if (link !== null) {
    const { lost, received } = link.minute;
    rows.push([
      t("camera.loss"),
      link.udp ? t("camera.lossNow", { lost, all: lost + received }) : t("camera.overTcp"),
    ]);
    if (link.jitter_ms !== null) rows.push([t("camera.jitter"), `${link.jitter_ms.toFixed(1)} ms`]);
  }
  return (
    <dl className="figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
