/** Who is logged in, and logging in and out. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { errorOf } from "./client";

export const ME = ["me"];
const SETUP = ["setup"];

/** `open`: this gstnvr knows no users; `out`: somebody has to log in. */
export type Session = { kind: "open" } | { kind: "out" } | { kind: "in"; name: string };

export interface Credentials {
  name: string;
  password: string;
  code?: string;
}

export interface FirstUser {
  secret: string;
  name: string;
  password: string;
}

export function useSession() {
  return useQuery({
    queryKey: ME,
    queryFn: async ({ signal }): Promise<Session> => {
      const response = await fetch("/api/v1/me", { signal });
      if (response.status === 404) return { kind: "open" };
      if (response.status === 401) return { kind: "out" };
      if (!response.ok) throw await errorOf(response);
      const { name } = (await response.json()) as { name: string };
      return { kind: "in", name };
    },
    staleTime: Infinity,
    retry: true,
  });
}

/** Whether the first user has still to be made. */
export function useSetupNeeded(asked: boolean) {
  return useQuery({
    queryKey: SETUP,
    queryFn: async ({ signal }): Promise<boolean> => {
      const response = await fetch("/api/v1/setup", { signal });
      if (!response.ok) throw await errorOf(response);
      return ((await response.json()) as { needed: boolean }).needed;
    },
    enabled: asked,
  });
}

function usePost<Body>(path: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: Body): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      if (!response.ok) throw await errorOf(response);
    },
    onSuccess: () => queries.resetQueries(),
  });
}

export function useLogIn() {
  return usePost<Credentials>("/api/v1/login");
}

export function useSetUp() {
  return usePost<FirstUser>("/api/v1/setup");
}

export function useLogOut() {
  return usePost<Record<string, never>>("/api/v1/logout");
}
