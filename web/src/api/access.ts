/** Who is logged in, and logging in and out. */
import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { errorOf } from "./client";
import type { Me, Role } from "./types";

export const ME = ["me"];
const SETUP = ["setup"];

/** `out`: somebody has to log in. */
export type Session = { kind: "out" } | { kind: "in"; name: string; role: Role };

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
      if (response.status === 401) return { kind: "out" };
      if (!response.ok) throw await errorOf(response);
      const { name, role } = (await response.json()) as Me;
      return { kind: "in", name, role };
    },
    staleTime: Infinity,
    retry: true,
  });
}

const RANKS: Role[] = ["viewer", "operator", "administrator"];

/** Whether the one who is logged in may do what takes this role. */
export function useMay(needed: Role): boolean {
  const session = useSession().data;
  return session?.kind === "in" && RANKS.indexOf(session.role) >= RANKS.indexOf(needed);
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

function usePost<Body>(path: string, afterwards: (queries: QueryClient) => unknown) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (body: Body): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      if (!response.ok) throw await errorOf(response);
    },
    onSuccess: () => afterwards(queries),
  });
}

function askAnew(queries: QueryClient) {
  return queries.resetQueries();
}

/** The pages go first: they would ask on, in the name of nobody. */
function forgetAll(queries: QueryClient) {
  queries.setQueryData<Session>(ME, { kind: "out" });
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
}

export function useLogIn() {
  return usePost<Credentials>("/api/v1/login", askAnew);
}

export function useSetUp() {
  return usePost<FirstUser>("/api/v1/setup", askAnew);
}

export function useLogOut() {
  return usePost<Record<string, never>>("/api/v1/logout", forgetAll);
}
