/** Users, their logins and their tokens. */
import { type QueryKey, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { ME } from "../api/access";
import { answer, ApiError, client } from "../api/client";
import type { components } from "../api/schema";
import type { Key } from "../i18n/languages";

type Schemas = components["schemas"];
export type User = Schemas["User"];
export type Role = Schemas["Role"];
export type Login = Schemas["Session"];
export type Token = Schemas["Token"];
export type MadeToken = Schemas["MadeToken"];
export type AuditLine = Schemas["AuditLine"];

export const ROLES: readonly Role[] = ["viewer", "operator", "administrator"];
export const USERS = ["users"];
export const LOGINS = ["sessions"];
export const TOKENS = ["tokens"];
export const OWN = [...ME, "account"];

export function useUsers() {
  return useQuery({ queryKey: USERS, queryFn: ({ signal }) => answer(client.GET("/api/v1/users", { signal })) });
}

export function useOwnAccount() {
  return useQuery({ queryKey: OWN, queryFn: ({ signal }) => answer(client.GET("/api/v1/me", { signal })) });
}

export function useLogins() {
  return useQuery({ queryKey: LOGINS, queryFn: ({ signal }) => answer(client.GET("/api/v1/sessions", { signal })) });
}

export function useTokens() {
  return useQuery({ queryKey: TOKENS, queryFn: ({ signal }) => answer(client.GET("/api/v1/tokens", { signal })) });
}

/** A change, after which these are asked for anew. */
export function useChange<Wish, Answer>(change: (wish: Wish) => Promise<Answer>, ...touched: QueryKey[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async () => {
      for (const queryKey of touched) await queries.invalidateQueries({ queryKey });
    },
  });
}

export const addUser = (body: Schemas["NewUser"]) => answer(client.POST("/api/v1/users", { body }));

export const changeUser = ({ name, change }: { name: string; change: Partial<Schemas["ChangedUser"]> }) =>
  answer(client.PATCH("/api/v1/users/{name}", { params: { path: { name } }, body: { all_cameras: false, ...change } }));

export const removeUser = async (name: string) => {
  await client.DELETE("/api/v1/users/{name}", { params: { path: { name } } });
};

export const removeCodesOf = async (name: string) => {
  await client.DELETE("/api/v1/users/{name}/one-time-codes", { params: { path: { name } } });
};

export const endLogin = async (uid: string) => {
  await client.DELETE("/api/v1/sessions/{uid}", { params: { path: { uid } } });
};

export const addToken = (body: Schemas["NewToken"]) => answer(client.POST("/api/v1/tokens", { body }));

export const removeToken = async (uid: string) => {
  await client.DELETE("/api/v1/tokens/{uid}", { params: { path: { uid } } });
};

export const changePassword = async (body: Schemas["NewPassword"]) => {
  await client.PUT("/api/v1/me/password", { body });
};

export const beginCodes = (password: string) => answer(client.POST("/api/v1/me/one-time-codes", { body: { password } }));

export const confirmCodes = async (code: string) => {
  await client.POST("/api/v1/me/one-time-codes/confirmation", { body: { code } });
};

export const removeCodes = async (password: string) => {
  await client.POST("/api/v1/me/one-time-codes/removal", { body: { password } });
};

export const makeRecoveryCodes = (password: string) =>
  answer(client.POST("/api/v1/me/recovery-codes", { body: { password } }));

export interface AuditWish {
  user?: string;
  action?: string;
  subject?: string;
  from?: string;
  to?: string;
}

const PAGE = 100;

export function useAudit(wish: AuditWish) {
  return useInfiniteQuery({
    queryKey: ["audit", wish],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...wish, limit: PAGE, ...(pageParam === "" ? {} : { cursor: pageParam }) };
      return answer(client.GET("/api/v1/audit", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
  });
}

const SAID: Record<string, Key> = {
  wrong_password: "error.wrongPassword",
  wrong_code: "error.wrongCode",
  locked_out: "login.locked",
  too_many_logins: "login.locked",
  weak_password: "error.weakPassword",
  name_taken: "error.nameTaken",
  last_administrator: "error.lastAdministrator",
};

/** What a refusal is called in the language of the page; null: only the server has words for it. */
export function saidOf(error: Error): Key | null {
  return error instanceof ApiError ? (SAID[error.code] ?? null) : null;
}
