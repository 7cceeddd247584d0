/** What pages ask for, and how often. */
import { keepPreviousData, QueryCache, QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { useState } from "react";

import { ME, useSession } from "./access";
import { answer, ApiError, client, errorOf } from "./client";
import { useHearing } from "./hearing";
import { GAPS, INCIDENT_STATISTICS, INCIDENTS, STREAMS, VOLUMES } from "./told";
import type { Component, Fault } from "./types";

const UNAUTHORIZED = 401;
const LIVE_MS = 1000;
export const RECORDINGS_MS = 5000;
const SLOW_MS = 30_000;

export function makeQueryClient(): QueryClient {
  const queries: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === UNAUTHORIZED) void queries.invalidateQueries({ queryKey: ME });
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
        retryDelay: 1000,
        networkMode: "always",
        staleTime: 500,
      },
    },
  });
  return queries;
}

/** How often is asked for what is told as well: not at all while it is. */
function useUnlessTold(ms: number): number | false {
  return useHearing().connected ? false : ms;
}

/** Version, clock and time zone of gstnvr. */
export function useServer() {
  const session = useSession().data;
  return useQuery({
    enabled: session?.kind === "in",
    queryKey: ["server"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/server", { signal })),
    refetchInterval: SLOW_MS,
  });
}

export function useStreams() {
  return useQuery({
    queryKey: STREAMS,
    queryFn: ({ signal }) => answer(client.GET("/api/v1/streams", { signal })),
    refetchInterval: useUnlessTold(LIVE_MS),
    retry: false,
  });
}

/** Clock of the server, in milliseconds; that of this device while it is not known. */
export function useServerTime(): number {
  const [opened] = useState(() => Date.now());
  const { data } = useStreams();
  return data === undefined ? opened : Date.parse(data.time);
}

export function useIncidents(query: { camera?: string; from: string; to?: string; limit: number }) {
  return useQuery({
    queryKey: [...INCIDENTS, query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/incidents", { params: { query }, signal })),
    refetchInterval: useUnlessTold(RECORDINGS_MS),
    placeholderData: keepPreviousData,
  });
}

interface IncidentQuery {
  camera?: string;
  fault?: Fault;
  from: string;
  to?: string;
}

/** Incidents page by page, the newest first. */
export function useIncidentPages(query: IncidentQuery) {
  return useInfiniteQuery({
    queryKey: [...INCIDENTS, "pages", query],
    queryFn: ({ pageParam: cursor, signal }) =>
      answer(
        client.GET("/api/v1/incidents", {
          params: { query: { ...query, limit: 100, ...(cursor === "" ? {} : { cursor }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.pages.length > 1 ? false : RECORDINGS_MS),
    placeholderData: keepPreviousData,
  });
}

/** One incident with the gaps that it caused. */
export function useIncident(id: string) {
  return useQuery({
    queryKey: [...INCIDENTS, "one", id],
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/incidents/{uid}", { params: { path: { uid: id } }, signal })),
    refetchInterval: RECORDINGS_MS,
  });
}

export function useIncidentStatistics(query: IncidentQuery & { zone: string }) {
  return useQuery({
    queryKey: [...INCIDENT_STATISTICS, query],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/incidents/statistics", { params: { query }, signal })),
    refetchInterval: useUnlessTold(RECORDINGS_MS),
    placeholderData: keepPreviousData,
  });
}

export function useCameraGaps(camera: string, from: string, zone: string) {
  return useQuery({
    queryKey: [...GAPS, camera, from, zone],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/cameras/{camera}/gaps", {
          params: { path: { camera }, query: { from, zone, limit: 1 } },
          signal,
        }),
      ),
    refetchInterval: SLOW_MS,
    placeholderData: keepPreviousData,
  });
}

export function useStorage() {
  return useQuery({
    queryKey: ["storage"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/storage", { signal })),
    refetchInterval: SLOW_MS,
  });
}

export function useStoragePlan(days: number) {
  return useQuery({
    queryKey: ["plan", days],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/storage/plan", { params: { query: { days } }, signal })),
    refetchInterval: SLOW_MS,
  });
}

export function useVolumes() {
  return useQuery({
    queryKey: VOLUMES,
    queryFn: ({ signal }) => answer(client.GET("/api/v1/volumes", { signal })),
    refetchInterval: useUnlessTold(RECORDINGS_MS),
  });
}

export function useCopies() {
  return useQuery({
    queryKey: ["copies"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/copies", { signal })),
    refetchInterval: RECORDINGS_MS,
  });
}

export function useDisks() {
  return useQuery({
    queryKey: ["disks"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/disks", { signal })),
    refetchInterval: SLOW_MS,
  });
}

export function useRecorders() {
  return useQuery({
    queryKey: ["recorders"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/recorders", { signal })),
    refetchInterval: RECORDINGS_MS,
  });
}

/** Python, platform and packages, which stay as they are while gstnvr runs. */
export function useMadeOf() {
  return useQuery({
    queryKey: ["about"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/about", { signal })),
    staleTime: Infinity,
  });
}

/** Whether gstnvr is well, and its parts: the answer has them either way, for those who see all cameras. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: async ({ signal }) => {
      const response = await fetch("/api/v1/healthz", { signal });
      if (!response.ok && response.status !== 503) throw await errorOf(response);
      const { components } = (await response.json()) as { components: Component[] };
      return { healthy: response.ok, components };
    },
    refetchInterval: RECORDINGS_MS,
  });
}
