/** What somebody chose of how the grid looks on this device; remembered by the browser. */
import { useCallback, useEffect, useState } from "react";

import { SIZES } from "./arrangement";

export const SEQUENCES = ["off", "pages", "layouts"] as const;
export type Sequence = (typeof SEQUENCES)[number];
export const INTERVALS_S = [5, 10, 20, 30, 60, 300] as const;

export interface GridPreferences {
  /** Of the grid of all cameras. */
  size: number;
  statistics: boolean;
  sequence: Sequence;
  everyS: number;
}

const STORED = "gstnvr.grid";
const FIRST: GridPreferences = { size: 0, statistics: true, sequence: "off", everyS: 10 };

function stored(): GridPreferences {
  let read: unknown;
  try {
    read = JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch (error) {
    if (error instanceof SyntaxError) return FIRST;
    throw error;
  }
  const { size, statistics, sequence, everyS } = (read ?? {}) as Record<string, unknown>;
  return {
    size: SIZES.find((one) => one === size) ?? FIRST.size,
    statistics: typeof statistics === "boolean" ? statistics : FIRST.statistics,
    sequence: SEQUENCES.find((one) => one === sequence) ?? FIRST.sequence,
    everyS: INTERVALS_S.find((one) => one === everyS) ?? FIRST.everyS,
  };
}

export function useGridPreferences(): [GridPreferences, (changes: Partial<GridPreferences>) => void] {
  const [preferences, setPreferences] = useState(stored);
  useEffect(() => {
    localStorage.setItem(STORED, JSON.stringify(preferences));
  }, [preferences]);
  const change = useCallback((changes: Partial<GridPreferences>) => {
    setPreferences((before) => ({ ...before, ...changes }));
  }, []);
  return [preferences, change];
}
