import { useEffect, useRef, useState } from "react";

import { isTaken } from "../playback/keys";
import { type Marks, NO_MARKS, withBegin, withEnd } from "./range";

export interface Range {
  marks: Marks;
  change: (marks: Marks) => void;
  /** At the picture that is shown; null: there is none. */
  markBegin: (() => void) | null;
  markEnd: (() => void) | null;
  clear: () => void;
}

/** The range that is marked on a page with a player; keys I and O mark where it is now. */
export function useRange(time: number | null, enabled: boolean): Range {
  const [marks, change] = useState<Marks>(NO_MARKS);
  const here = (mark: (before: Marks, moment: number) => Marks) =>
    time === null
      ? null
      : () => {
          change((before) => mark(before, Math.round(time)));
        };
  const range = {
    marks,
    change,
    markBegin: here(withBegin),
    markEnd: here(withEnd),
    clear: () => {
      change(NO_MARKS);
    },
  };
  const latest = useRef(range);
  useEffect(() => {
    latest.current = range;
  });
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || isTaken(event)) return;
      const key = event.key.toLowerCase();
      const mark = key === "i" ? latest.current.markBegin : key === "o" ? latest.current.markEnd : null;
      if (mark === null) return;
      event.preventDefault();
      mark();
    };
    document.addEventListener("keydown", listen);
    return () => {
      document.removeEventListener("keydown", listen);
    };
  }, [enabled]);
  return range;
}
