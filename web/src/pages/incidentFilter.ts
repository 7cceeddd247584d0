import { useState } from "react";
import { useSearchParams } from "wouter";

import type { Fault } from "../api/types";
import { LABELS } from "../i18n/labels";
import { DAY } from "../time/zone";

export const SPANS = [1, 7, 30, 90] as const;
const USUAL_DAYS = "7";
const FAULTS = Object.keys(LABELS.fault) as Fault[];

export interface IncidentQuery {
  camera?: string;
  fault?: Fault;
  from: string;
  to?: string;
}

/** Which incidents the address asks for. */
export function useIncidentFilter() {
  const [parameters, setParameters] = useSearchParams();
  const [now] = useState(() => Date.now());
  const days = parameters.get("days") ?? USUAL_DAYS;
  const [from, to] = [parameters.get("from"), parameters.get("to")];
  const query: IncidentQuery = { from: from ?? new Date(now - Number(days) * DAY).toISOString() };
  if (to !== null && to > query.from) query.to = to;
  const camera = parameters.get("camera") ?? "";
  if (camera !== "") query.camera = camera;
  const fault: Fault | "" = FAULTS.find((one) => one === parameters.get("fault")) ?? "";
  if (fault !== "") query.fault = fault;
  const change = (changes: Record<string, string>) => {
    setParameters(
      (before) => {
        for (const [name, value] of Object.entries(changes))
          if (value === "") before.delete(name);
          else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  };
  return { query, to: to ?? "", camera, fault, days: from === null && to === null ? days : "", faults: FAULTS, change };
}
