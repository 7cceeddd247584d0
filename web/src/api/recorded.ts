/** What was recorded of several cameras, what is missing of them and what went wrong. */
import { useQueries } from "@tanstack/react-query";

import { answer, client } from "./client";
import { RECORDINGS_MS } from "./queries";
import type { Incident, Recordings } from "./types";
import { RECORDINGS } from "./told";

export interface Recorded {
  /** Undefined as long as it is not known. */
  recordings: Recordings | undefined;
  incidents: readonly Incident[];
  error: Error | null;
}

const LISTED_INCIDENTS = 500;

/** Of each of these cameras, in their order. */
export function useRecorded(cameras: readonly string[], from: string, to: string): readonly Recorded[] {
  const recordings = useQueries({
    queries: cameras.map((camera) => ({
      queryKey: [...RECORDINGS, camera, from, to],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answer(client.GET("/api/v1/recordings", { params: { query: { camera, from, to } }, signal })),
      refetchInterval: RECORDINGS_MS,
    })),
  });
  const incidents = useQueries({
    queries: cameras.map((camera) => ({
      queryKey: ["incidents", { camera, from, to, limit: LISTED_INCIDENTS }],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answer(
          client.GET("/api/v1/incidents", { params: { query: { camera, from, to, limit: LISTED_INCIDENTS } }, signal }),
        ),
      refetchInterval: RECORDINGS_MS,
    })),
  });
  return cameras.map((_, index) => ({
    recordings: recordings[index]?.data,
    incidents: incidents[index]?.data?.incidents ?? [],
    error: recordings[index]?.error ?? null,
  }));
}
