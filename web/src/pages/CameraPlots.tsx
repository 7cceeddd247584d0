import type { Stream } from "../api/types";
import type { Key } from "../i18n/languages";
import { useWords } from "../i18n/words";
import { Plot } from "../ui/Plot";
import { HISTORY_MS, type Sample, useHistory } from "./history";

interface Figure {
  title: Key;
  value: (sample: Sample) => number | null;
  text: (value: number) => string;
  /** Left out where it was never known, as over TCP. */
  optional?: boolean;
}

const FIGURES: readonly Figure[] = [
  { title: "camera.fps", value: ({ fps }) => fps, text: (value) => value.toFixed(1) },
  { title: "camera.bitrate", value: ({ bitrate }) => bitrate, text: bitRateText },
  {
    title: "camera.loss",
    value: ({ loss }) => loss,
    text: (value) => `${(100 * value).toFixed(1)} %`,
    optional: true,
  },
  { title: "camera.jitter", value: ({ jitter }) => jitter, text: (value) => `${value.toFixed(1)} ms`, optional: true },
];

function bitRateText(bitsPerS: number): string {
  return bitsPerS < 1e6 ? `${(bitsPerS / 1e3).toFixed(0)} kbps` : `${(bitsPerS / 1e6).toFixed(2)} Mbps`;
}

/** Frames, bits, loss and jitter of a stream over the last minutes. */
export function CameraPlots({ stream, now }: { stream: Stream; now: string }) {
  const { t } = useWords();
  const samples = useHistory(stream, now);
  const to = Date.parse(now);
  const shown = FIGURES.filter(
    ({ optional, value }) => optional !== true || samples.some((sample) => value(sample) !== null),
  );
  return (
    <div className="plots">
      {shown.map(({ title, value, text }) => (
        <Plot
          key={title}
          title={t(title)}
          points={samples.map((sample) => ({ time: sample.time, value: value(sample) }))}
          from={to - HISTORY_MS}
          to={to}
          text={text}
        />
      ))}
    </div>
  );
}
