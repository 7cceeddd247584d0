import { useRef, useState } from "react";

import type { Layout } from "../api/types";
import { useWords } from "../i18n/words";
import type { Camera } from "../pages/cameras";
import { toneOf } from "../ui/StreamBadge";
import { columnsOf, pagesOf, type Tiles } from "./arrangement";
import { Arranging } from "./Arranging";
import { GridBar } from "./GridBar";
import { Pictures } from "./Pictures";
import { useGridPreferences } from "./preferences";
import { type Chosen, useArrangement } from "./useArrangement";
import { useSequence } from "./useSequence";

interface Props {
  cameras: readonly Camera[];
  layouts: readonly Layout[];
  /** Uid of the layout that comes first. */
  first: string | null;
  /** Clock of the server. */
  now: string;
}

/** Pictures of cameras as somebody has arranged them. */
export function CameraGrid({ cameras, layouts, first, now }: Props) {
  const { t } = useWords();
  const list = useRef<HTMLUListElement>(null);
  const [preferences, onPreferences] = useGridPreferences();
  const [arranging, setArranging] = useState(false);
  const ids = cameras.map(({ id }) => id);
  const chosen = useArrangement(ids, layouts, first, preferences);
  const { sequence, everyS, statistics } = preferences;
  const next = nextOf(chosen, sequence === "layouts" ? layouts : []);
  const runs = sequence !== "off" && !arranging && !chosen.changed && next !== null;
  const paused = useSequence(everyS, runs, () => next?.());
  const known = new Map(cameras.map((camera) => [camera.id, camera]));
  const shown = arranging ? roomy(chosen, cameras.length) : chosen.pages[chosen.page] ?? [];
  const columns = columnsOf({ size: chosen.arrangement.size, tiles: shown });
  return (
    <>
      <div className="grid-summary">
        <Summary cameras={cameras} />
        <GridBar
          {...{ chosen, layouts, first, preferences, onPreferences, arranging }}
          onArrange={setArranging}
          onFullScreen={() => void list.current?.requestFullscreen()}
        />
      </div>
      {paused && <p className="quiet">{t("grid.paused")}</p>}
      {arranging ? (
        <Arranging
          {...{ list, columns, cameras: known, now }}
          tiles={shown}
          left={cameras.filter(({ id }) => !chosen.arrangement.tiles.includes(id))}
          onChange={(tiles) => {
            chosen.change({ ...chosen.arrangement, tiles: withPage(chosen, tiles) });
          }}
        />
      ) : (
        <Pictures {...{ list, columns, cameras: known, now, statistics }} tiles={shown} />
      )}
    </>
  );
}

/** What a sequence shows next; null: there is nothing else. */
function nextOf(chosen: Chosen, layouts: readonly Layout[]): (() => void) | null {
  const { page, pages, layout, turnTo, choose } = chosen;
  if (page + 1 < pages.length) return () => { turnTo(page + 1); };
  const index = layouts.findIndex(({ uid }) => uid === layout?.uid);
  const following = layouts[(index + 1) % Math.max(1, layouts.length)];
  if (following !== undefined && following.uid !== layout?.uid) return () => { choose(following.uid); };
  return pages.length > 1 ? () => { turnTo(0); } : null;
}

/** The places of a page while it is arranged: where all fit, there is room for one more. */
function roomy({ arrangement, pages, page }: Chosen, cameras: number): Tiles {
  const tiles = pages[page] ?? [];
  const full = tiles.every((camera) => camera !== null);
  return arrangement.size === 0 && full && tiles.length < cameras ? [...tiles, null] : tiles;
}

/** All tiles, with these on the page that is shown. */
function withPage({ arrangement, page }: Chosen, tiles: Tiles): Tiles {
  if (arrangement.size === 0) return tiles;
  return pagesOf(arrangement).flatMap((before, index) => (index === page ? tiles : before));
}

function Summary({ cameras }: { cameras: readonly Camera[] }) {
  const { t } = useWords();
  const recording = cameras.filter((camera) => camera.main.recording === "recording").length;
  const attention = cameras.filter((camera) => toneOf(camera.main) === "bad").length;
  return (
    <p>
      {t("grid.summary", { n: cameras.length })} · {t("grid.recording", { n: recording })}
      {attention > 0 && <strong className="bad-text"> · {t("grid.attention", { n: attention })}</strong>}
    </p>
  );
}
