import { useServer } from "../api/queries";
import { isKnownZone } from "../time/zone";
import { usePreferences } from "./preferences";

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Time zone of the server; that of this device while it is not known. */
export function useServerZone(): string {
  const zone = useServer().data?.zone;
  return zone !== undefined && isKnownZone(zone) ? zone : browserZone();
}

/** The time zone in which times are shown. */
export function useZone(): string {
  const { zone } = usePreferences().preferences;
  const server = useServerZone();
  if (zone === "server") return server;
  return zone === "browser" ? browserZone() : zone;
}
