import { useSearchParams } from "wouter";

import type { LogLevel } from "../api/types";
import type { LogWish } from "./useLog";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error", "critical"];
const MINUTE_MS = 60_000;

export type Part = keyof LogWish;

/** What the address asks for: it can be sent to somebody, and goes back with the browser's button. */
export function useAsked() {
  const [parameters, setParameters] = useSearchParams();
  const level = LEVELS.find((one) => one === parameters.get("level"));
  const wish: LogWish = level === undefined ? {} : { level };
  for (const part of ["text", "process", "camera", "from", "to"] as const) {
    const value = parameters.get(part);
    if (value !== null && value !== "") wish[part] = value;
  }
  const end = wish.to;
  if (end !== undefined && end <= (wish.from ?? "")) delete wish.to;
  const change = (changes: Partial<Record<Part, string>>) => {
    setParameters(
      (before) => {
        for (const [part, value] of Object.entries(changes))
          if (value === "") before.delete(part);
          else before.set(part, value);
        return before;
      },
      { replace: true },
    );
  };
  return { wish, end: end ?? "", moment: parameters.get("at"), change };
}

interface Happened {
  camera: string | null;
  started: string;
  detected: string;
}

/** Address of the log around something that happened: from a minute before until two after it was noticed. */
export function logAround({ camera, started, detected }: Happened): string {
  const parameters = new URLSearchParams({
    from: new Date(Date.parse(started) - MINUTE_MS).toISOString(),
    to: new Date(Date.parse(detected) + 2 * MINUTE_MS).toISOString(),
    at: detected,
  });
  if (camera !== null) parameters.set("camera", camera);
  return `/logs?${parameters.toString()}`;
}
