import { useState } from "react";

import type { Stream } from "../api/types";

export interface Sample {
  time: string;
  fps: number | null;
  bitrate: number | null;
}

export const KEPT_SAMPLES = 180;

/** Figures of a stream since the page was opened, a sample for each answer. */
export function useHistory(stream: Stream, time: string): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  if (samples.at(-1)?.time !== time) setSamples([...samples.slice(1 - KEPT_SAMPLES), sampleOf(stream, time)]);
  return samples;
}

function sampleOf({ statistics, state }: Stream, time: string): Sample {
  const known = state === "connected";
  return { time, fps: known ? statistics.fps : null, bitrate: known ? statistics.bitrate_bps : null };
}
