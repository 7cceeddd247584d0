/** Reading boxes of MP4 files (ISO/IEC 14496-12). */

export interface Box {
  kind: string;
  /** Of the box, its header included. */
  start: number;
  end: number;
  /** Where its content begins. */
  content: number;
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The box whose header is at `start`; null if not even that is there. `end` may lie beyond the bytes. */
export function boxAt(bytes: Uint8Array, start: number, limit = bytes.length): Box | null {
  if (start + 8 > limit) return null;
  const view = viewOf(bytes);
  let size = view.getUint32(start);
  let content = start + 8;
  if (size === 1) {
    if (start + 16 > limit) return null;
    size = Number(view.getBigUint64(start + 8));
    content = start + 16;
  }
  if (size < content - start) throw new Mp4Error(`a box of ${size} bytes at ${start}`);
  return { kind: kindAt(bytes, start + 4), start, end: start + size, content };
}

/** Boxes within a span, in order, as far as they are whole. */
export function* boxesIn(bytes: Uint8Array, start: number, end: number): Generator<Box> {
  for (let at = start; at < end; ) {
    const box = boxAt(bytes, at, end);
    if (box === null || box.end > end) return;
    yield box;
    at = box.end;
  }
}

/** The first box at the end of a path of kinds, e.g. `mdia`, `minf`, `stbl`. */
export function boxWithin(bytes: Uint8Array, outer: Box, ...path: string[]): Box | null {
  let found: Box | null = outer;
  for (const kind of path) {
    if (found === null) return null;
    found = firstOf(bytes, found, kind);
  }
  return found;
}

function firstOf(bytes: Uint8Array, outer: Box, kind: string): Box | null {
  for (const box of boxesIn(bytes, outer.content, outer.end)) if (box.kind === kind) return box;
  return null;
}

export function kindAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

/** The file is not as MP4 files are. */
export class Mp4Error extends Error {
  constructor(what: string) {
    super(`not a whole MP4 file: ${what}`);
    this.name = "Mp4Error";
  }
}
