/** Segments of a camera and their bytes, as far as they are needed to play from some moment on. */
import { answer, client, errorOf } from "../api/client";
import type { Segment } from "../api/types";
import { DAY } from "../time/zone";
import { boxAt, Mp4Error } from "./boxes";
import { type Fragment, indexSize, type Init, type KeyPoint, readFragment, readIndex, readInit } from "./mp4";

export interface PlayableSegment {
  id: number;
  /** Milliseconds of UTC. */
  start: number;
  end: number;
  growing: boolean;
  file: string;
  path: string;
}

const PAGE = 30;
const HEAD_BYTES = 16_384;
const TAIL_BYTES = 16_384;
const FIRST_BYTES = 1_048_576;

/** Segments that end after a moment and have a file, oldest first. */
export async function segmentsFrom(camera: string, moment: number, signal: AbortSignal): Promise<PlayableSegment[]> {
  const query = { camera, from: new Date(moment).toISOString(), limit: PAGE };
  const { segments } = await answer(client.GET("/api/v1/segments", { params: { query }, signal }));
  return segments.map(playable).filter((segment) => segment !== null && segment.end > moment) as PlayableSegment[];
}

/** Until when something was recorded of the day before a moment; null: nothing was. */
export async function recordedUntil(camera: string, moment: number): Promise<number | null> {
  const query = { camera, from: new Date(moment - DAY).toISOString(), to: new Date(moment).toISOString() };
  const { recordings } = await answer(client.GET("/api/v1/recordings", { params: { query } }));
  const last = recordings.at(-1);
  return last === undefined ? null : Date.parse(last.end);
}

function playable(segment: Segment): PlayableSegment | null {
  if (segment.file === null) return null;
  return {
    id: segment.id,
    start: Date.parse(segment.start),
    end: Date.parse(segment.end),
    growing: segment.state === "open",
    file: segment.file,
    path: segment.path,
  };
}

export interface Head {
  init: Init;
  /** Seconds of the file at which its first picture is shown; null: it is not there yet. */
  firstTime: number | null;
  index: readonly KeyPoint[];
}

/** What there is to know of a file before its pictures. */
export async function loadHead(segment: PlayableSegment, signal: AbortSignal): Promise<Head> {
  const [bytes, tail] = await Promise.all([
    range(segment.file, `bytes=0-${HEAD_BYTES - 1}`, signal),
    segment.growing ? new Uint8Array() : range(segment.file, `bytes=-${TAIL_BYTES}`, signal),
  ]);
  const init = readInit(bytes);
  const video = init?.tracks.find((track) => track.kind === "video");
  if (init === null || video === undefined) throw new Mp4Error("no video is announced");
  const size = tail.length < 16 ? 0 : indexSize(tail);
  const whole = size > tail.length ? await range(segment.file, `bytes=-${size}`, signal) : tail;
  return { init, firstTime: firstTimeOf(bytes, init), index: size === 0 ? [] : readIndex(whole, video) };
}

function firstTimeOf(bytes: Uint8Array<ArrayBuffer>, init: Init): number | null {
  for (let at = init.bytes.length; ; ) {
    const box = boxAt(bytes, at);
    if (box === null || box.end > bytes.length) return null;
    if (box.kind === "moof") {
      const fragment = readFragment(bytes.slice(at, box.end), init.tracks);
      const track = init.tracks.find((one) => one.id === fragment?.track);
      return track?.kind === "video" ? (fragment?.times[0] ?? 0) : 0;
    }
    at = box.end;
  }
}

async function range(url: string, wanted: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, { headers: { Range: wanted }, signal });
  if (!response.ok) throw await errorOf(response);
  return new Uint8Array(await response.arrayBuffer());
}

/** Where to begin to read in order to show a second of a file, counted from its first picture. */
export function offsetFor(head: Head, second: number): number {
  let offset = head.init.bytes.length;
  for (const point of head.index) if (point.time <= second) offset = point.offset;
  return offset;
}

/** How much to read first, so that a second of it can be shown. */
export function firstLength(head: Head, second: number): number {
  const next = head.index.find((point) => point.time > second);
  return next === undefined ? FIRST_BYTES : next.offset - offsetFor(head, second);
}

/** How much of a file there is to be had now. */
async function sizeOf(url: string, signal: AbortSignal): Promise<number> {
  const response = await fetch(url, { method: "HEAD", signal });
  if (!response.ok) throw await errorOf(response);
  return Number(response.headers.get("content-length"));
}

/** Reads a file from an offset on, piece by piece, so that no connection is held while nothing is wanted. */
export class FragmentReader {
  private readonly pending = new Pending();
  private size = Infinity;

  constructor(
    private readonly url: string,
    private at: number,
    private readonly init: Init,
  ) {}

  /** All of it that is known of has been read. */
  get done(): boolean {
    return this.at >= this.size;
  }

  /** Ask how much there is by now, of a file that grows. */
  async measure(signal: AbortSignal): Promise<void> {
    this.size = await sizeOf(this.url, signal);
  }

  /** The fragments that end within the next so many bytes. */
  async *read(length: number, signal: AbortSignal): AsyncGenerator<Fragment> {
    const response = await fetch(this.url, { headers: { Range: `bytes=${this.at}-${this.at + length - 1}` }, signal });
    if (!response.ok) throw await errorOf(response);
    this.size = Number(response.headers.get("content-range")?.split("/")[1] ?? 0);
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        this.at += value.length;
        this.pending.add(value);
        for (let bytes = this.pending.take(); bytes !== null; bytes = this.pending.take()) {
          const fragment = isFragment(bytes) ? readFragment(bytes, this.init.tracks) : null;
          if (fragment !== null) yield fragment;
        }
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }
}

function isFragment(bytes: Uint8Array): boolean {
  return boxAt(bytes, 0)?.kind === "moof";
}

/** Bytes that came, until they are whole boxes: `moof` together with its `mdat`, others by themselves. */
export class Pending {
  private bytes = new Uint8Array();

  add(more: Uint8Array): void {
    const joined = new Uint8Array(this.bytes.length + more.length);
    joined.set(this.bytes);
    joined.set(more, this.bytes.length);
    this.bytes = joined;
  }

  take(): Uint8Array<ArrayBuffer> | null {
    const first = boxAt(this.bytes, 0);
    const last = first?.kind === "moof" ? boxAt(this.bytes, first.end) : first;
    if (last === null || last.end > this.bytes.length) return null;
    const taken = this.bytes.slice(0, last.end);
    this.bytes = this.bytes.slice(last.end);
    return taken;
  }
}
