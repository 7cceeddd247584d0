/** Layouts on the server: asked for, saved, deleted, and which one comes first. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, client } from "../api/client";
import type { Layout, NewLayout } from "../api/types";

const LAYOUTS = ["layouts"];
const EVERY_MS = 60_000;

export function useLayouts() {
  return useQuery({
    queryKey: LAYOUTS,
    queryFn: ({ signal }) => answer(client.GET("/api/v1/layouts", { signal })),
    refetchInterval: EVERY_MS,
  });
}

function useChange<Wish, Made>(carryOut: (wish: Wish) => Promise<Made>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: carryOut, onSuccess: () => queries.invalidateQueries({ queryKey: LAYOUTS }) });
}

export function useAddLayout() {
  return useChange(
    ({ shared, body }: { shared: boolean; body: NewLayout }): Promise<Layout> =>
      answer(shared ? client.POST("/api/v1/shared-layouts", { body }) : client.POST("/api/v1/layouts", { body })),
  );
}

export function useChangeLayout() {
  return useChange(({ layout: { uid, shared }, body }: { layout: Layout; body: NewLayout }): Promise<Layout> => {
    const options = { params: { path: { uid } }, body };
    return answer(
      shared ? client.PUT("/api/v1/shared-layouts/{uid}", options) : client.PUT("/api/v1/layouts/{uid}", options),
    );
  });
}

export function useRemoveLayout() {
  return useChange(async ({ uid, shared }: Layout): Promise<void> => {
    const options = { params: { path: { uid } } };
    if (shared) await client.DELETE("/api/v1/shared-layouts/{uid}", options);
    else await client.DELETE("/api/v1/layouts/{uid}", options);
  });
}

export function useChooseDefault() {
  return useChange(async (uid: string | null): Promise<void> => {
    await client.PUT("/api/v1/default-layout", { body: { uid } });
  });
}
