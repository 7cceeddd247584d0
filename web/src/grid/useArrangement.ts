import { useState } from "react";
import { useSearchParams } from "wouter";

import type { Layout } from "../api/types";
import { type Arrangement, pagesOf, type Tiles } from "./arrangement";
import type { GridPreferences } from "./preferences";

export const ALL = "all";

export interface Chosen {
  /** Null: all cameras. */
  layout: Layout | null;
  /** As it is now, saved or not. */
  arrangement: Arrangement;
  changed: boolean;
  page: number;
  pages: readonly Tiles[];
  choose: (uid: string, page?: number) => void;
  turnTo: (page: number) => void;
  change: (arrangement: Arrangement) => void;
  discard: () => void;
}

interface Draft {
  of: string;
  arrangement: Arrangement;
}

/**
 * The layout that is shown: the one in the address, else the one that comes first. What was changed of it is kept
 * until it is saved or another one is chosen.
 */
export function useArrangement(
  cameras: readonly string[],
  layouts: readonly Layout[],
  first: string | null,
  { size }: GridPreferences,
): Chosen {
  const [parameters, setParameters] = useSearchParams();
  const [turned, setTurned] = useState(0);
  const [draft, setDraft] = useState<Draft | null>(null);
  const wanted = parameters.get("layout") ?? first ?? ALL;
  const layout = layouts.find(({ uid }) => uid === wanted) ?? null;
  const key = layout?.uid ?? ALL;
  const changed = draft?.of === key;
  const arrangement = changed ? draft.arrangement : (layout ?? { size, tiles: cameras });
  const pages = pagesOf(arrangement);
  return {
    layout,
    arrangement,
    changed,
    pages,
    page: Math.min(turned, pages.length - 1),
    choose: (uid, page = 0) => {
      setDraft(null);
      setTurned(page);
      setParameters({ layout: uid }, { replace: true });
    },
    turnTo: setTurned,
    change: (after) => {
      setDraft({ of: key, arrangement: after });
    },
    discard: () => {
      setDraft(null);
    },
  };
}
