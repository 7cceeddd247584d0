/** Cameras of the configuration file, and single changes to them, which undo nothing that others do meanwhile. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { saveSettings, SETTINGS, type SettingsFile } from "./api";
import { textOf } from "./Control";
import { isTree, type Tree, valueAt } from "./draft";

export interface ListedCamera {
  id: string;
  name: string;
  url: string;
  enabled: boolean;
}

export function camerasIn(tree: Tree): ListedCamera[] {
  const cameras = tree.cameras;
  if (!Array.isArray(cameras)) return [];
  return cameras.filter(isTree).map((camera) => {
    const id = textOf(camera.id);
    return { id, name: textOf(camera.name) || id, url: textOf(valueAt(camera, ["main", "url"])), enabled: camera.enabled !== false };
  });
}

/** What is to become of a camera: some keys, or null to remove it. */
export interface CameraChange {
  id: string;
  change: Tree | null;
}

export function useCameraChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: CameraChange) => saveSettings({ cameras: { [id]: change } }, null),
    onSuccess: async ({ file }) => {
      queries.setQueryData<SettingsFile>(SETTINGS, file);
      await queries.invalidateQueries({ queryKey: ["streams"] });
    },
  });
}

/** An id made of a name: `Front door` becomes `front-door`; empty where nothing of it can be used. */
export function idOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+|[-_]+$/g, "")
    .slice(0, 32);
}

/** An id that no other camera has. */
export function freeId(name: string, taken: readonly string[]): string {
  const wanted = idOf(name) || "camera";
  for (let number = 1; ; number++) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    if (!taken.includes(id)) return id;
  }
}

export interface Address {
  url: string;
  username: string;
  password: string;
}

/** An address without the user and the password that people copy with it. */
export function apart(text: string): Address {
  const match = /^([a-z]+:\/\/)([^/?#]*)@(.*)$/is.exec(text.trim());
  if (match === null) return { url: text.trim(), username: "", password: "" };
  const [, scheme = "", login = "", rest = ""] = match;
  const [username = "", ...password] = login.split(":");
  return { url: scheme + rest, username: decoded(username), password: decoded(password.join(":")) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
