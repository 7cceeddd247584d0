/** What segments are made of: the beginning that says what follows, fragments, and the index at the end. */
import { boxAt, type Box, boxesIn, boxWithin, Mp4Error, viewOf } from "./boxes";
import { codecName, codecOf, entryOf } from "./codecs";

export interface Track {
  id: number;
  kind: "video" | "audio";
  /** For `MediaSource`; null if browsers know none. */
  codec: string | null;
  /** For people. */
  name: string;
  timescale: number;
}

/** `ftyp` and `moov`. */
export interface Init {
  bytes: Uint8Array<ArrayBuffer>;
  tracks: readonly Track[];
}

/** `moof` and `mdat` of one track; times in seconds of the file. */
export interface Fragment {
  bytes: Uint8Array<ArrayBuffer>;
  track: number;
  /** When each of its samples is shown, in order. */
  times: readonly number[];
  /** Where it ends on the time line of decoding. */
  end: number;
  /** The first sample needs none before it. */
  key: boolean;
}

/** Where a fragment begins that needs none before it. */
export interface KeyPoint {
  /** Seconds since the first one. */
  time: number;
  offset: number;
}

/** The beginning of a file; null if more bytes are needed. */
export function readInit(bytes: Uint8Array<ArrayBuffer>): Init | null {
  for (const box of boxesIn(bytes, 0, bytes.length)) {
    if (box.kind !== "moov") continue;
    const tracks: Track[] = [];
    for (const inner of boxesIn(bytes, box.content, box.end)) {
      const track = inner.kind === "trak" ? readTrack(bytes, inner) : null;
      if (track !== null) tracks.push(track);
    }
    return { bytes: bytes.slice(0, box.end), tracks };
  }
  return null;
}

function readTrack(bytes: Uint8Array, trak: Box): Track | null {
  const view = viewOf(bytes);
  const header = boxWithin(bytes, trak, "tkhd");
  const handler = boxWithin(bytes, trak, "mdia", "hdlr");
  const media = boxWithin(bytes, trak, "mdia", "mdhd");
  const description = boxWithin(bytes, trak, "mdia", "minf", "stbl", "stsd");
  const entry = description === null ? null : entryOf(bytes, description);
  if (header === null || handler === null || media === null || entry === null) return null;
  const kind = view.getUint32(handler.content + 8);
  if (kind !== VIDEO && kind !== SOUND) return null;
  return {
    id: view.getUint32(header.content + (view.getUint8(header.content) === 1 ? 20 : 12)),
    kind: kind === VIDEO ? "video" : "audio",
    codec: codecOf(bytes, entry),
    name: codecName(entry.kind),
    timescale: view.getUint32(media.content + (view.getUint8(media.content) === 1 ? 20 : 12)),
  };
}

const VIDEO = 0x76696465;
const SOUND = 0x736f756e;
const FREE = [0x66, 0x72, 0x65, 0x65];

/** The same without a track: its boxes become free space, so that nothing moves. */
export function withoutTrack(init: Init, id: number): Init {
  const bytes = init.bytes.slice();
  const view = viewOf(bytes);
  for (const moov of boxesIn(bytes, 0, bytes.length)) {
    if (moov.kind !== "moov") continue;
    for (const box of boxesIn(bytes, moov.content, moov.end)) {
      if (box.kind === "trak" && readTrack(bytes, box)?.id === id) bytes.set(FREE, box.start + 4);
      if (box.kind !== "mvex") continue;
      for (const extend of boxesIn(bytes, box.content, box.end))
        if (extend.kind === "trex" && view.getUint32(extend.content + 4) === id) bytes.set(FREE, extend.start + 4);
    }
  }
  return { bytes, tracks: init.tracks.filter((track) => track.id !== id) };
}

/**
 * The same without word of how long the file is. A browser then takes it for live and decodes without delay; otherwise
 * Chromium keeps back the last pictures before a hole, for as long as nothing follows them.
 */
export function withoutLength(init: Init): Init {
  const bytes = init.bytes.slice();
  for (const moov of boxesIn(bytes, 0, bytes.length)) {
    if (moov.kind !== "moov") continue;
    const length = boxWithin(bytes, moov, "mvex", "mehd");
    if (length !== null) bytes.set(FREE, length.start + 4);
  }
  return { ...init, bytes };
}

/** One fragment, whose `moof` begins the bytes. */
export function readFragment(bytes: Uint8Array<ArrayBuffer>, tracks: readonly Track[]): Fragment | null {
  const moof = boxAt(bytes, 0);
  const part = moof === null ? null : boxWithin(bytes, moof, "traf");
  if (part === null) throw new Mp4Error("a fragment without a track");
  const view = viewOf(bytes);
  const header = boxWithin(bytes, part, "tfhd");
  const decode = boxWithin(bytes, part, "tfdt");
  if (header === null || decode === null) throw new Mp4Error("a fragment without a time");
  const id = view.getUint32(header.content + 4);
  const track = tracks.find((one) => one.id === id);
  if (track === undefined) return null;
  const long = view.getUint8(decode.content) === 1;
  const start = long ? Number(view.getBigUint64(decode.content + 4)) : view.getUint32(decode.content + 4);
  const samples = { at: start, times: [] as number[], key: true, first: true };
  for (const box of boxesIn(bytes, part.content, part.end))
    if (box.kind === "trun") readRun(view, box, defaultsOf(view, header), samples);
  return {
    bytes,
    track: id,
    times: samples.times.map((time) => time / track.timescale).sort((one, other) => one - other),
    end: samples.at / track.timescale,
    key: samples.key,
  };
}

interface Samples {
  at: number;
  times: number[];
  key: boolean;
  first: boolean;
}

interface Defaults {
  duration: number;
  flags: number;
}

const NOT_SYNC = 0x1_0000;

function defaultsOf(view: DataView, header: Box): Defaults {
  const flags = view.getUint32(header.content) & 0xff_ffff;
  let at = header.content + 8;
  if ((flags & 1) !== 0) at += 8;
  if ((flags & 2) !== 0) at += 4;
  const duration = (flags & 8) === 0 ? 0 : view.getUint32(at);
  if ((flags & 8) !== 0) at += 4;
  if ((flags & 0x10) !== 0) at += 4;
  return { duration, flags: (flags & 0x20) === 0 ? 0 : view.getUint32(at) };
}

function readRun(view: DataView, run: Box, defaults: Defaults, samples: Samples): void {
  const flags = view.getUint32(run.content) & 0xff_ffff;
  const count = view.getUint32(run.content + 4);
  let at = run.content + 8;
  if ((flags & 1) !== 0) at += 4;
  const firstFlags = (flags & 4) === 0 ? null : view.getUint32(at);
  if (firstFlags !== null) at += 4;
  const next = (present: boolean, otherwise: number) => {
    const value = present ? view.getUint32(at) : otherwise;
    if (present) at += 4;
    return value;
  };
  for (let sample = 0; sample < count; sample += 1) {
    const duration = next((flags & 0x100) !== 0, defaults.duration);
    next((flags & 0x200) !== 0, 0);
    const own = next((flags & 0x400) !== 0, defaults.flags);
    const delay = next((flags & 0x800) !== 0, 0) | 0;
    if (samples.first) {
      samples.key = ((firstFlags ?? own) & NOT_SYNC) === 0;
      samples.first = false;
    }
    samples.times.push(samples.at + delay);
    samples.at += duration;
  }
}

/** Size of the index at the end of a file, of which these are the last bytes; 0: there is none. */
export function indexSize(tail: Uint8Array): number {
  const view = viewOf(tail);
  const at = tail.length - 16;
  const isEnd = at >= 0 && view.getUint32(at) === 16 && view.getUint32(at + 4) === MFRO;
  return isEnd ? view.getUint32(tail.length - 4) : 0;
}

const MFRO = 0x6d66726f;

/** Key points of a track by the index that the tail of a file holds whole; none if it has no index. */
export function readIndex(tail: Uint8Array, track: Track): KeyPoint[] {
  const size = indexSize(tail);
  if (size === 0 || size > tail.length) return [];
  const view = viewOf(tail);
  const points: KeyPoint[] = [];
  for (const box of boxesIn(tail, tail.length - size + 8, tail.length))
    if (box.kind === "tfra" && view.getUint32(box.content + 4) === track.id) readTable(view, box, points);
  const first = points[0]?.time ?? 0;
  return points.map(({ time, offset }) => ({ time: (time - first) / track.timescale, offset }));
}

function readTable(view: DataView, table: Box, points: KeyPoint[]): void {
  const long = view.getUint8(table.content) === 1;
  const lengths = view.getUint32(table.content + 8);
  const rest = ((lengths >> 4) & 3) + ((lengths >> 2) & 3) + (lengths & 3) + 3;
  const count = view.getUint32(table.content + 12);
  let at = table.content + 16;
  for (let entry = 0; entry < count; entry += 1) {
    const time = long ? Number(view.getBigUint64(at)) : view.getUint32(at);
    const offset = long ? Number(view.getBigUint64(at + 8)) : view.getUint32(at + 4);
    points.push({ time, offset });
    at += (long ? 16 : 8) + rest;
  }
}
