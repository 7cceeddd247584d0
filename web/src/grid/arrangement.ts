/** Which picture stands where: pure. */

/** Cameras from left to right and from top to bottom, page after page; null is an empty place. */
export type Tiles = readonly (string | null)[];

export interface Arrangement {
  /** So many rows and columns a page has; 0: as many as fit all on one page. */
  size: number;
  tiles: Tiles;
}

export const MOST = 6;
export const SIZES = [0, 1, 2, 3, 4, 5, MOST] as const;

/** As many columns as rows, so that all pictures are as large as can be. */
export function columnsOf({ size, tiles }: Arrangement): number {
  return size === 0 ? Math.min(MOST, Math.max(1, Math.ceil(Math.sqrt(tiles.length)))) : size;
}

/** At least one; of a fixed size all are full of places. */
export function pagesOf({ size, tiles }: Arrangement): Tiles[] {
  if (size === 0) return [tiles];
  const places = size * size;
  const count = Math.max(1, Math.ceil(tiles.length / places));
  return Array.from({ length: count }, (_, page) =>
    Array.from({ length: places }, (_, place) => tiles[page * places + place] ?? null),
  );
}

/** With the pictures of two places exchanged; places behind the last one come into being. */
export function exchanged(tiles: Tiles, one: number, other: number): Tiles {
  return replaced(replaced(tiles, one, tiles[other] ?? null), other, tiles[one] ?? null);
}

export function replaced(tiles: Tiles, place: number, camera: string | null): Tiles {
  const length = Math.max(tiles.length, place + 1);
  return Array.from({ length }, (_, index) => (index === place ? camera : (tiles[index] ?? null)));
}

/** As it is saved: without empty places at the end, and without any where all are to fit. */
export function tidied({ size, tiles }: Arrangement): Arrangement {
  if (size === 0) return { size, tiles: tiles.filter((camera) => camera !== null) };
  return { size, tiles: tiles.slice(0, tiles.findLastIndex((camera) => camera !== null) + 1) };
}

/** The place that an arrow key leads to from this one; null: none, or it is another key. */
export function besides(place: number, key: string, columns: number, places: number): number | null {
  const column = place % columns;
  const steps: Record<string, number | null> = {
    ArrowLeft: column > 0 ? -1 : null,
    ArrowRight: column < columns - 1 ? 1 : null,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  const step = steps[key] ?? null;
  if (step === null) return null;
  const next = place + step;
  return next >= 0 && next < places ? next : null;
}
