import { type KeyboardEvent, type RefObject, useRef } from "react";

import { useWords } from "../i18n/words";
import type { Camera } from "../pages/cameras";
import { toneOf } from "../ui/StreamBadge";
import { besides, type Tiles } from "./arrangement";
import { Tile } from "./Tile";

interface Props {
  list: RefObject<HTMLUListElement | null>;
  columns: number;
  /** Of the page that is shown. */
  tiles: Tiles;
  cameras: ReadonlyMap<string, Camera>;
  now: string;
  statistics: boolean;
}

/** The pictures of a page; arrow keys lead from one to the next. */
export function Pictures({ list, columns, tiles, cameras, now, statistics }: Props) {
  const onKeyDown = (event: KeyboardEvent<HTMLUListElement>) => {
    const from = (event.target as Element).closest<HTMLElement>("[data-place]")?.dataset.place;
    if (from === undefined) return;
    let next = besides(Number(from), event.key, columns, tiles.length);
    while (next !== null && !cameras.has(tiles[next] ?? "")) next = besides(next, event.key, columns, tiles.length);
    if (next === null) return;
    event.preventDefault();
    list.current?.querySelector<HTMLElement>(`[data-place="${next}"] h2 a`)?.focus();
  };
  const rows = Math.ceil(tiles.length / columns);
  return (
    <ul className="grid" data-columns={columns} data-rows={rows} ref={list} onKeyDown={onKeyDown}>
      {tiles.map((id, place) => {
        const camera = cameras.get(id ?? "");
        if (camera === undefined) return <EmptyPlace key={`${place}`} place={place} />;
        return <Place key={`${place} ${camera.id}`} {...{ place, camera, now, statistics }} />;
      })}
    </ul>
  );
}

function EmptyPlace({ place }: { place: number }) {
  const { t } = useWords();
  return (
    <li className="tile" data-place={place} data-empty="true">
      <span className="for-readers">{t("grid.emptyPlace")}</span>
      <div className="picture" />
    </li>
  );
}

function Place({ place, camera, now, statistics }: { place: number; camera: Camera; now: string; statistics: boolean }) {
  const frame = useRef<HTMLLIElement>(null);
  return (
    <li className="tile" ref={frame} data-place={place} data-camera={camera.id} data-tone={toneOf(camera.main)}>
      <Tile {...{ camera, now, statistics, frame }} />
    </li>
  );
}
