/** Figures of a stream, second by second: those that the server has kept, and what comes while a page is open. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, client } from "../api/client";
import type { StatisticsSample, Stream } from "../api/types";

export interface Sample {
  /** In milliseconds. */
  time: number;
  fps: number | null;
  bitrate: number | null;
  /** Share of the packets, 0 to 1. */
  loss: number | null;
  jitter: number | null;
}

export const HISTORY_MS = 300_000;
const LEAST_APART_MS = 500;

/** Of the last minutes, oldest first. */
export function useHistory(stream: Stream, time: string): readonly Sample[] {
  const [fresh, setFresh] = useState<readonly Sample[]>([]);
  const { data } = useQuery({
    queryKey: ["statistics", stream.camera, stream.stream],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/cameras/{camera}/statistics", {
          params: { path: { camera: stream.camera }, query: { stream: stream.stream } },
          signal,
        }),
      ),
    staleTime: Infinity,
    gcTime: 0,
  });
  const now = Date.parse(time);
  const latest = fresh.at(-1)?.time ?? 0;
  if (now !== latest && (now < latest || now - latest >= LEAST_APART_MS))
    setFresh([...fresh.filter((one) => one.time < now && one.time > now - HISTORY_MS), sampleOf(stream, now)]);
  const begun = fresh[0]?.time ?? now;
  const kept = (data?.samples ?? []).map(keptSample);
  return [...kept.filter((one) => one.time < begun && one.time > now - HISTORY_MS), ...fresh];
}

function keptSample({ time, fps, bitrate_bps: bitrate, loss, jitter_ms: jitter }: StatisticsSample): Sample {
  return { time: Date.parse(time), fps, bitrate, loss, jitter };
}

function sampleOf({ statistics, state }: Stream, time: number): Sample {
  if (state !== "connected") return { time, fps: null, bitrate: null, loss: null, jitter: null };
  const { fps, bitrate_bps: bitrate, link } = statistics;
  return { time, fps, bitrate, loss: lossOf(link), jitter: link?.jitter_ms ?? null };
}

function lossOf(link: Stream["statistics"]["link"]): number | null {
  if (link?.udp !== true) return null;
  const { lost, received } = link.second;
  return lost + received === 0 ? 0 : lost / (lost + received);
}
