import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, client } from "../api/client";
import type { Log, LogLevel } from "../api/types";
import { withNews } from "./lines";

/** Which lines are wanted; the server knows what each of it means. */
export interface LogWish {
  text?: string;
  level?: LogLevel;
  process?: string;
  camera?: string;
  from?: string;
  to?: string;
}

const PAGE = 300;
const MOST_NEWS = 1000;
const MOST_KEPT = 3000;
const FOLLOW_MS = 1000;
/** Lines of several processes do not reach their files in the order of their times. */
const LATE_MS = 2000;

type Known = InfiniteData<Log, string | null>;

function ask(wish: LogWish, limit: number, cursor: string | null, signal: AbortSignal): Promise<Log> {
  const query = { ...wish, limit, ...(cursor === null ? {} : { cursor }) };
  return answer(client.GET("/api/v1/logs", { params: { query }, signal }));
}

/** Lines of the log, page by page backwards, and what comes while it is followed. */
export function useLog(wish: LogWish, following: boolean) {
  const key = ["log", wish];
  const found = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => ask(wish, PAGE, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    staleTime: Infinity,
    gcTime: 0,
  });
  const news = useNews(key, wish, following && found.data !== undefined && !found.isFetching);
  return { ...found, lost: news.isError };
}

function useNews(key: readonly unknown[], wish: LogWish, enabled: boolean) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: [...key, "news"],
    queryFn: async ({ signal }) => {
      const known = queries.getQueryData<Known>(key);
      const newest = known?.pages[0]?.lines[0];
      const since = newest === undefined ? undefined : new Date(Date.parse(newest.time) - LATE_MS).toISOString();
      const tooMany = (known?.pages.reduce((sum, { lines }) => sum + lines.length, 0) ?? 0) > MOST_KEPT;
      const from = since !== undefined && !tooMany ? { from: since } : {};
      const latest = await ask({ ...wish, ...from }, MOST_NEWS, null, signal);
      const anew = tooMany || since === undefined || latest.next !== null;
      queries.setQueryData<Known>(key, (before) =>
        anew || before === undefined ? { pages: [latest], pageParams: [null] } : withNews(before, latest.lines, since),
      );
      return latest.lines.length;
    },
    enabled,
    refetchInterval: FOLLOW_MS,
    gcTime: 0,
    retry: false,
  });
}

/** Names of the processes that have logged something. */
export function useLogProcesses(): readonly string[] {
  const { data } = useQuery({
    queryKey: ["log processes"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/logs/processes", { signal })),
    refetchInterval: 10_000,
  });
  return data?.processes.map(({ name }) => name) ?? [];
}
