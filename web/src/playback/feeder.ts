/** Hands segment after segment of a camera to a video element, from a moment on, as they are needed. */
import { ApiError } from "../api/client";
import { MediaBuffer } from "./buffer";
import { FrameTimes } from "./frames";
import type { Fragment } from "./mp4";
import { pause } from "./pause";
import {
  firstLength,
  FragmentReader,
  type Head,
  loadHead,
  offsetFor,
  type PlayableSegment,
  segmentsFrom,
} from "./segments";
import { suited } from "./suited";

export type Problem =
  | { kind: "codec"; codec: string }
  | { kind: "container" }
  | { kind: "file"; message: string };

/** What the whole wants of each camera. */
export interface Wanted {
  /** Milliseconds of UTC. */
  moment: () => number;
  rate: () => number;
}

/** `edge`: waits for a file to grow; `end`: nothing is recorded any more, as far as is known. */
export type Reach = "on" | "edge" | "end";

const DAY_MS = 86_400_000;
const BEHIND_S = 30;
const AHEAD_S = 10;
const AHEAD_BY_RATE_S = 4;
const POLL_MS = 700;
const PIECE_BYTES = 2 << 20;
const EDGE_MS = 1000;
const LAG_MS = 20_000;
/** A place between two pictures can be either. */
export const INTO_S = 0.002;

export class Feeder {
  readonly frames = new FrameTimes();
  /** Where time 0 of the video element lies, so that `origin` and its time are when a picture was taken. */
  origin = 0;
  /** Up to where it has been fed; seconds of the video element. */
  fedUntil = 0;
  reach: Reach = "on";
  /** The video element has been told what to show first. */
  begun = false;
  problem: Problem | null = null;
  /** Codec of sound that this browser cannot play. */
  silent: string | null = null;
  private buffer: MediaBuffer | null = null;
  private layout = "";
  private asked = 0;
  private run = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    readonly camera: string,
    private readonly wanted: Wanted,
    private readonly changed: () => void,
  ) {}

  /** Begin anew, with the picture of a moment; where nothing was recorded, with the next one after it. */
  start(moment: number): void {
    this.run.abort();
    this.run = new AbortController();
    const { signal } = this.run;
    this.asked = moment;
    this.frames.clear();
    this.begun = false;
    this.reach = "on";
    this.problem = null;
    this.feed(moment, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      this.fail({ kind: "file", message: error instanceof Error ? error.message : String(error) });
    });
  }

  stop(): void {
    this.run.abort();
  }

  fail(problem: Problem): void {
    this.run.abort();
    this.problem = problem;
    this.changed();
  }

  /** Nothing was recorded from the moment on that was asked for. */
  get empty(): boolean {
    return !this.begun && this.reach === "end";
  }

  placeOf(moment: number): number {
    return (moment - this.origin) / 1000;
  }

  momentOf(place: number): number {
    return this.origin + place * 1000;
  }

  /** Whether it is known of a moment which picture there is, or that there is none. */
  knows(moment: number): boolean {
    const place = this.placeOf(moment);
    if (!this.begun || this.run.signal.aborted || this.video.error !== null || place > this.fedUntil) return false;
    const { buffered } = this.video;
    for (let index = 0; index < buffered.length; index += 1) if (buffered.start(index) <= place) return true;
    return moment >= this.asked && this.video.currentTime >= place;
  }

  private async feed(moment: number, signal: AbortSignal): Promise<void> {
    let from: number | null = moment;
    let position = moment;
    let last = -1;
    for (;;) {
      let segments = await segmentsFrom(this.camera, position, signal);
      if (segments.length === 0 && from !== null) {
        segments = await this.growingBefore(moment, signal);
        from = Math.min(moment, (segments[0]?.end ?? moment + EDGE_MS) - EDGE_MS);
      }
      for (const segment of segments.filter(({ id }) => id !== last)) {
        await this.feedSegment(segment, from, signal);
        position = Math.max(segment.end, this.momentOf(this.fedUntil));
        last = segment.id;
        from = null;
      }
      if (segments.every(({ id }) => id === last)) {
        this.reached("end");
        await pause(POLL_MS, signal);
      }
    }
  }

  private reached(reach: Reach): void {
    if (this.reach === reach) return;
    this.reach = reach;
    this.changed();
  }

  /** The segment that grows, if that is about to hold this moment: what is known of its end is seconds old. */
  private async growingBefore(moment: number, signal: AbortSignal): Promise<PlayableSegment[]> {
    const segments = await segmentsFrom(this.camera, moment - LAG_MS, signal);
    return segments.filter(({ growing }) => growing);
  }

  /** Hand over one segment, from a moment on if it is the first. */
  private async feedSegment(segment: PlayableSegment, from: number | null, signal: AbortSignal): Promise<void> {
    if (segment.path.endsWith(".mkv")) this.fail({ kind: "container" });
    signal.throwIfAborted();
    const head = await this.headOf(segment, signal);
    const { init, mime, silent, refused } = suited(head.init);
    if (refused !== null) this.fail({ kind: "codec", codec: refused });
    signal.throwIfAborted();
    this.silent = silent;
    const start = from === null ? segment.start : Math.max(from, segment.start);
    const layout = init.tracks.map((track) => track.kind).join();
    if (this.buffer === null || from !== null || layout !== this.layout) {
      await this.begin(start, segment, layout, mime, signal);
    }
    await this.buffer?.begin(init.bytes, mime, this.zeroOf(segment, head), signal);
    await this.handOver(segment, { ...head, init }, (start - segment.start) / 1000, signal);
  }

  private zeroOf(segment: PlayableSegment, head: Head): number {
    return this.placeOf(segment.start) - (head.firstTime ?? 0);
  }

  private async headOf(segment: PlayableSegment, signal: AbortSignal): Promise<Head> {
    for (;;) {
      try {
        const head = await loadHead(segment, signal);
        if (head.firstTime !== null || !segment.growing || !(await this.grows(segment, signal))) return head;
      } catch (error) {
        if (!(error instanceof ApiError && RETRIED.has(error.code))) throw error;
      }
      if (segment.growing) this.reached("edge");
      await pause(POLL_MS, signal);
    }
  }

  /** A new time line, or the old one if it fits, and the place on it from which to show pictures. */
  private async begin(
    start: number,
    segment: PlayableSegment,
    layout: string,
    mime: string,
    signal: AbortSignal,
  ): Promise<void> {
    const fits = layout === this.layout && Math.abs(start - this.origin - 2 * DAY_MS) < 1.5 * DAY_MS;
    if (this.buffer !== null && fits && this.video.error === null) {
      await this.buffer.clear(signal);
    } else {
      this.origin = Math.floor(start / DAY_MS - 2) * DAY_MS;
      this.layout = layout;
      this.buffer = null;
      this.buffer = await MediaBuffer.open(this.video, mime, signal);
    }
    this.fedUntil = 0;
    this.video.currentTime = this.placeOf(start) + (start <= segment.start ? INTO_S : 0);
    this.begun = true;
    this.changed();
  }

  /** Hand over a file from a second of it on, and what is added to it while it grows. */
  private async handOver(segment: PlayableSegment, head: Head, second: number, signal: AbortSignal): Promise<void> {
    const hand = this.hander(head, this.zeroOf(segment, head), second, signal);
    const reader = new FragmentReader(segment.file, offsetFor(head, second), head.init);
    let length = firstLength(head, second);
    let growing = segment.growing;
    if (growing) await reader.measure(signal);
    for (;;) {
      while (!reader.done) {
        while (this.aheadS() > AHEAD_S + AHEAD_BY_RATE_S * this.wanted.rate()) await pause(100, signal);
        for await (const fragment of reader.read(length, signal)) await hand(fragment);
        length = PIECE_BYTES;
      }
      if (!growing) break;
      this.reached("edge");
      await pause(POLL_MS, signal);
      growing = await this.grows(segment, signal);
      await reader.measure(signal);
    }
  }

  /** Takes fragments of a file; without an index all before the last key picture at or before the second is left out. */
  private hander(head: Head, zero: number, second: number, signal: AbortSignal): (fragment: Fragment) => Promise<void> {
    const video = head.init.tracks.find((track) => track.kind === "video");
    const skip = head.index.length > 0 ? -Infinity : (head.firstTime ?? 0) + second;
    let held: Fragment[] = [];
    return async (fragment) => {
      const isVideo = fragment.track === video?.id;
      if (isVideo && fragment.key && (fragment.times[0] ?? 0) <= skip) held = [];
      held.push(fragment);
      if (isVideo) this.frames.add(fragment.times.map((time) => zero + time));
      if (fragment.end <= skip) return;
      const ready = held;
      held = [];
      for (const { bytes } of ready) await this.append(bytes, signal);
      if (isVideo) this.fedUntil = zero + fragment.end;
      this.reach = "on";
      this.changed();
    };
  }

  private async grows(segment: PlayableSegment, signal: AbortSignal): Promise<boolean> {
    const [now] = await segmentsFrom(this.camera, segment.start, signal);
    return now?.id === segment.id && now.growing;
  }

  private async append(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    const buffer = this.buffer;
    if (buffer === null) return;
    await buffer.remove(0, Math.max(0, this.shownPlace() - BEHIND_S), signal);
    for (;;) {
      try {
        await buffer.append(bytes, signal);
        return;
      } catch (error) {
        if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
        await buffer.remove(0, Math.max(0, this.shownPlace() - 2), signal);
        await pause(250, signal);
      }
    }
  }

  private shownPlace(): number {
    return Math.min(this.video.currentTime, this.placeOf(this.wanted.moment()));
  }

  private aheadS(): number {
    const ranges = this.video.buffered;
    return ranges.length === 0 ? 0 : ranges.end(ranges.length - 1) - this.shownPlace();
  }
}

/** Answers after which the same file is asked for again. */
const RETRIED = new Set(["segment_empty", "segment_remote"]);
