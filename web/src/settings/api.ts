import { useQuery } from "@tanstack/react-query";

import { answer, ApiError, client, errorOf } from "../api/client";
import type { components } from "../api/schema";
import type { Language } from "../i18n/languages";
import type { Tree } from "./draft";
import { type Section, sectionOf } from "./schema";

type Schemas = components["schemas"];
export type Problem = Schemas["SettingsProblem"];
export type CameraTried = Schemas["CameraTried"];
type CameraToTry = Schemas["CameraToTry"];

/** The configuration file as it was read; secrets are masked. */
export interface SettingsFile {
  path: string;
  digest: string;
  inFile: Tree;
  inForce: Tree;
}

export interface Saved {
  file: SettingsFile;
  applied: boolean;
  restart: readonly string[];
}

export interface SettingsMeaning {
  section: Section;
  /** Keys, or sections, that only count after a restart. */
  restart: readonly string[];
}

/** The server found the file as it would be wrong. */
export class RefusedSettings extends ApiError {
  constructor(
    status: number,
    message: string,
    readonly problems: readonly Problem[],
  ) {
    super(status, "bad_settings", message);
  }
}

export const SETTINGS = ["settings"];

function fileOf(read: Schemas["SettingsRead"]): SettingsFile {
  return { path: read.path, digest: read.digest, inFile: read.in_file, inForce: read.in_force };
}

async function thrown(response: Response): Promise<Error> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const { problems, error } = (body ?? {}) as Partial<Schemas["SettingsRefused"]>;
  if (problems === undefined || problems.length === 0 || error === undefined) return errorOf(response);
  return new RefusedSettings(response.status, error.message, problems);
}

export async function readSettings(signal?: AbortSignal): Promise<SettingsFile> {
  const response = await fetch("/api/v1/settings", signal === undefined ? {} : { signal });
  if (!response.ok) throw await thrown(response);
  return fileOf((await response.json()) as Schemas["SettingsRead"]);
}

export function useSettingsFile() {
  return useQuery({
    queryKey: SETTINGS,
    queryFn: ({ signal }) => readSettings(signal),
    staleTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

export function useSettingsMeaning(language: Language) {
  return useQuery({
    queryKey: ["settings schema", language],
    queryFn: async ({ signal }): Promise<SettingsMeaning> => {
      const found = await answer(client.GET("/api/v1/settings/schema", { params: { query: { language } }, signal }));
      return { section: sectionOf(found.schema), restart: found.restart };
    },
    staleTime: Infinity,
  });
}

export async function saveSettings(settings: Tree, digest: string | null): Promise<Saved> {
  const response = await fetch("/api/v1/settings", {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ settings, digest }),
  });
  if (!response.ok) throw await thrown(response);
  const written = (await response.json()) as Schemas["SettingsWritten"];
  return { file: fileOf(written), applied: written.applied, restart: written.restart };
}

/** A camera as it would be in the settings. */
export type Wish = Partial<CameraToTry> & Pick<CameraToTry, "url">;

export async function tryCamera(wish: Wish): Promise<CameraTried> {
  const body: CameraToTry = { stream: "main", transport: "tcp", tls_accept_any: false, ...wish };
  return answer(client.POST("/api/v1/cameras/try", { body }));
}
