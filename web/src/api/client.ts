import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema";

/** gstnvr answered with an error; the message is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

type ErrorAnswer = components["schemas"]["ErrorAnswer"];

function isErrorAnswer(body: unknown): body is ErrorAnswer {
  const error = (body as Partial<ErrorAnswer> | null)?.error;
  return typeof error?.code === "string" && typeof error.message === "string";
}

/** The error that an answer tells of. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  if (isErrorAnswer(body)) return new ApiError(response.status, body.error.code, body.error.message);
  return new ApiError(response.status, "no_answer", `${response.status} ${response.statusText}`.trim());
}

const throwErrors: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
  },
};

export const client = createClient<paths>({ baseUrl: "" });
client.use(throwErrors);

/** What a request was answered with; errors have been thrown before. */
export async function answer<Data>(request: Promise<{ data?: Data }>): Promise<Data> {
  const { data } = await request;
  if (data === undefined) throw new ApiError(0, "no_answer", "the answer was empty");
  return data;
}
