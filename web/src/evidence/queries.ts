/** What pages ask for about marked ranges, exports, protections and deletions, and what they order. */
import { keepPreviousData, type QueryClient, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, client } from "../api/client";
import type { Deletion, Export, Gap, NewExport, Protection } from "../api/types";
import type { Span } from "../playback/spans";
import { bytesWithin } from "./range";

const BUSY_MS = 1000;
const IDLE_MS = 10_000;
const MOST_SEGMENTS = 1000;
const MOST_LISTED = 1000;

/** What of a camera lies in a range. */
export interface RangeFacts {
  camera: string;
  recordedS: number;
  missingS: number;
  /** About. */
  bytes: number;
  gaps: readonly Gap[];
}

async function factsOf(camera: string, span: Span, signal: AbortSignal): Promise<RangeFacts> {
  const query = { camera, ...askedOf(span) };
  const [found, part] = await Promise.all([
    answer(client.GET("/api/v1/recordings", { params: { query }, signal })),
    answer(client.GET("/api/v1/segments", { params: { query: { ...query, limit: MOST_SEGMENTS } }, signal })),
  ]);
  const last = part.segments.at(-1);
  const looked = part.next === null || last === undefined ? span : { start: span.start, end: Date.parse(last.end) };
  const share = (span.end - span.start) / (looked.end - looked.start);
  return {
    camera,
    recordedS: found.totals.recorded_s,
    missingS: found.totals.missing_s,
    bytes: bytesWithin(part.segments, looked) * share,
    gaps: found.gaps,
  };
}

function askedOf({ start, end }: Span): { from: string; to: string } {
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

/** Of each camera, in their order; null as long as it is not known of one. */
export function useRangeFacts(cameras: readonly string[], span: Span): { facts: RangeFacts[] | null; error: Error | null } {
  const found = useQueries({
    queries: cameras.map((camera) => ({
      queryKey: ["range", camera, span.start, span.end],
      queryFn: ({ signal }: { signal: AbortSignal }) => factsOf(camera, span, signal),
      placeholderData: (before: RangeFacts | undefined) => (before?.camera === camera ? before : undefined),
      staleTime: IDLE_MS,
    })),
  });
  const facts = found.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const error = found.find((one) => one.error !== null)?.error ?? null;
  return { facts: facts.length === cameras.length ? facts : null, error };
}

export function useProtections(query: { camera?: string; from?: string; to?: string }, enabled = true) {
  return useQuery({
    queryKey: ["protections", query],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/protections", { params: { query: { ...query, limit: MOST_LISTED } }, signal })),
    enabled,
    refetchInterval: IDLE_MS,
    placeholderData: keepPreviousData,
  });
}

export function useExports(limit: number) {
  return useQuery({
    queryKey: ["exports", limit],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/exports", { params: { query: { limit } }, signal })),
    refetchInterval: ({ state }) => (state.data?.exports.some(isBusy) === true ? BUSY_MS : IDLE_MS),
    placeholderData: keepPreviousData,
  });
}

export function useExport(uid: string) {
  return useQuery({
    queryKey: ["export", uid],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/exports/{uid}", { params: { path: { uid } }, signal })),
    refetchInterval: ({ state }) => (state.data === undefined || isBusy(state.data) ? BUSY_MS : false),
  });
}

export function isBusy({ state, verification }: Export): boolean {
  return state === "waiting" || state === "running" || verification?.state === "running";
}

export function useDeletions(enabled: boolean) {
  return useQuery({
    queryKey: ["deletions"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/deletions", { params: { query: {} }, signal })),
    enabled,
    refetchInterval: ({ state }) => (state.data?.deletions.some((one) => one.state === "running") === true ? BUSY_MS : IDLE_MS),
  });
}

function useOrder<Wish, Made>(carryOut: (wish: Wish) => Promise<Made>, changed: readonly string[]) {
  const queries: QueryClient = useQueryClient();
  return useMutation({
    mutationFn: carryOut,
    onSettled: () => Promise.all(changed.map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

export function useNewExport() {
  return useOrder((body: NewExport): Promise<Export> => answer(client.POST("/api/v1/exports", { body })), ["exports"]);
}

export function useRemoveExport() {
  return useOrder(
    async (uid: string): Promise<void> => {
      await client.DELETE("/api/v1/exports/{uid}", { params: { path: { uid } } });
    },
    ["exports"],
  );
}

export function useVerification() {
  return useOrder(
    (uid: string) => answer(client.POST("/api/v1/exports/{uid}/verification", { params: { path: { uid } } })),
    ["exports"],
  );
}

interface RangeWish {
  cameras: readonly string[];
  span: Span;
  reason: string;
}

export function useProtect() {
  return useOrder(
    ({ cameras, span, reason }: RangeWish) =>
      answer(
        client.POST("/api/v1/protections", {
          body: { cameras: [...cameras], stream: "main", reason, ...askedOf(span) },
        }),
      ),
    ["protections"],
  );
}

export function useRelease() {
  return useOrder(
    ({ uid, reason }: { uid: string; reason: string }): Promise<Protection> =>
      answer(client.DELETE("/api/v1/protections/{uid}", { params: { path: { uid }, query: { reason } } })),
    ["protections"],
  );
}

export function useDelete() {
  return useOrder(
    ({ cameras, span, reason }: RangeWish): Promise<Deletion[]> =>
      Promise.all(
        cameras.map((camera) =>
          answer(client.POST("/api/v1/deletions", { body: { camera, stream: "main", reason, ...askedOf(span) } })),
        ),
      ),
    ["deletions"],
  );
}
