/**
 * Plays what was recorded of a camera: segments one behind the other on one time line, without a seam.
 *
 * Time 0 of the video element is `origin`, so that `origin + currentTime` is when a picture was taken. What is
 * missing is a hole in what is buffered, over which it jumps.
 */
import { ApiError } from "../api/client";
import { MediaBuffer, rangeAfter, rangeAt } from "./buffer";
import { FrameTimes } from "./frames";
import { pause } from "./pause";
import { fragmentsFrom, type Head, loadHead, offsetFor, type PlayableSegment, segmentsFrom, sizeOf } from "./segments";
import { suited } from "./suited";

export const RATES = [0.25, 0.5, 1, 2, 4, 8, 16] as const;

export type Problem =
  | { kind: "nothing" }
  | { kind: "codec"; codec: string }
  | { kind: "container" }
  | { kind: "file"; message: string };

export interface PlayerState {
  /** When the picture was taken that is shown, or is going to be; milliseconds of UTC. */
  time: number | null;
  playing: boolean;
  loading: boolean;
  /** All that is recorded so far has been shown. */
  atEnd: boolean;
  rate: number;
  problem: Problem | null;
  /** Codec of sound that this browser cannot play. */
  silent: string | null;
  /** What was jumped over last. */
  skipped: { from: number; to: number } | null;
}

const DAY_MS = 86_400_000;
const BEHIND_S = 30;
const AHEAD_S = 10;
const AHEAD_BY_RATE_S = 4;
const POLL_MS = 700;
const SEAM_S = 0.5;
const STALL_S = 1.5;
const END_S = 0.03;
const INTO_SEGMENT_S = 0.002;
const EDGE_MS = 1000;
const LAG_MS = 20_000;

/** Before a moment is chosen. */
export const NOTHING_YET: PlayerState = {
  time: null,
  playing: false,
  loading: false,
  atEnd: false,
  rate: 1,
  problem: null,
  silent: null,
  skipped: null,
};

export class Player {
  private state: PlayerState = NOTHING_YET;
  private readonly listeners = new Set<() => void>();
  private readonly frames = new FrameTimes();
  private readonly listening = new AbortController();
  private run = new AbortController();
  private origin = 0;
  private camera = "";
  private buffer: MediaBuffer | null = null;
  private layout = "";
  private wantsToPlay = false;

  constructor(private readonly video: HTMLVideoElement) {
    const on = (event: string, then: () => void) => {
      video.addEventListener(event, then, { signal: this.listening.signal });
    };
    on("timeupdate", () => {
      this.follow();
    });
    on("seeked", () => {
      this.change({ loading: false });
      this.follow();
    });
    on("waiting", () => {
      this.follow();
    });
    on("error", () => {
      if (video.error !== null && this.buffer !== null)
        this.fail({ kind: "file", message: video.error.message || `media error ${video.error.code}` });
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): PlayerState => this.state;

  /** Show the picture of this moment; where nothing was recorded, the next one after it. */
  seek(camera: string, moment: number): void {
    const known = camera === this.camera && this.buffer !== null && Math.abs(moment - this.origin) < 2 * DAY_MS;
    const at = (moment - this.origin) / 1000;
    this.change({ time: moment, atEnd: false, problem: null, skipped: null });
    if (known && moment > this.origin && rangeAt(this.buffer?.ranges ?? this.video.buffered, at) !== null && this.feeds(at)) {
      this.video.currentTime = at;
      return;
    }
    this.camera = camera;
    this.restart(moment);
  }

  /** Whether what is buffered at a time is also being added to. */
  private feeds(at: number): boolean {
    const here = rangeAt(this.video.buffered, at);
    return here !== null && !this.run.signal.aborted && here.end >= this.fedUntil - 0.1;
  }

  private fedUntil = 0;

  play(): void {
    this.wantsToPlay = true;
    this.change({ playing: true });
    this.resume();
  }

  pause(): void {
    this.wantsToPlay = false;
    this.video.pause();
    this.change({ playing: false });
  }

  setRate(rate: number): void {
    this.video.defaultPlaybackRate = rate;
    this.video.playbackRate = rate;
    this.change({ rate });
  }

  /** Show the picture before (-1) or after (1) the one that is shown. */
  step(steps: -1 | 1): void {
    this.pause();
    const known = this.frames.besides(this.video.currentTime, steps);
    if (known !== null && rangeAt(this.video.buffered, known) !== null) {
      this.video.currentTime = known;
    } else if (this.state.time !== null) {
      this.seek(this.camera, this.state.time + steps * 40);
    }
  }

  close(): void {
    this.run.abort();
    this.listening.abort();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  private change(changes: Partial<PlayerState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }

  private fail(problem: Problem): void {
    this.run.abort();
    this.video.pause();
    this.change({ problem, loading: false });
  }

  private resume(): void {
    if (!this.wantsToPlay || this.buffer === null) return;
    this.video.playbackRate = this.state.rate;
    this.video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.pause();
    });
  }

  private restart(moment: number): void {
    this.run.abort();
    this.run = new AbortController();
    const { signal } = this.run;
    this.frames.clear();
    this.change({ loading: true });
    this.feed(moment, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      this.fail({ kind: "file", message });
    });
  }

  /** Hand segment after segment to the browser, from the picture of a moment on, as it needs them. */
  private async feed(moment: number, signal: AbortSignal): Promise<void> {
    let from: number | null = moment;
    let position = moment;
    let last = -1;
    for (;;) {
      let segments = await segmentsFrom(this.camera, position, signal);
      if (segments.length === 0 && from !== null) {
        segments = await this.growingBefore(moment, signal);
        from = Math.min(moment, (segments[0]?.end ?? moment) - EDGE_MS);
      }
      if (segments.length === 0 && last === -1) {
        this.fail({ kind: "nothing" });
        return;
      }
      for (const segment of segments.filter(({ id }) => id !== last)) {
        await this.feedSegment(segment, from, signal);
        position = Math.max(segment.end, this.momentOf(this.fedUntil));
        last = segment.id;
        from = null;
      }
      if (segments.every(({ id }) => id === last)) {
        this.finishWhenShown(position);
        await pause(POLL_MS, signal);
      }
    }
  }

  /** The segment that grows, if that is about to hold this moment: what is known of its end is seconds old. */
  private async growingBefore(moment: number, signal: AbortSignal): Promise<PlayableSegment[]> {
    const segments = await segmentsFrom(this.camera, moment - LAG_MS, signal);
    return segments.filter(({ growing }) => growing);
  }

  /** Hand over one segment, from a moment on if it is the first. */
  private async feedSegment(segment: PlayableSegment, from: number | null, signal: AbortSignal): Promise<void> {
    if (segment.path.endsWith(".mkv")) {
      this.fail({ kind: "container" });
      signal.throwIfAborted();
    }
    const head = await this.headOf(segment, signal);
    const { init, mime, silent, refused } = suited(head.init);
    if (refused !== null) this.fail({ kind: "codec", codec: refused });
    signal.throwIfAborted();
    const start = from === null ? segment.start : Math.max(from, segment.start);
    const layout = init.tracks.map((track) => track.kind).join();
    if (this.buffer === null || from !== null || layout !== this.layout) {
      await this.begin(start, segment, layout, mime, signal);
    }
    this.change({ silent });
    const buffer = this.buffer;
    if (buffer === null) return;
    await buffer.begin(init.bytes, mime, this.zeroOf(segment, head), signal);
    await this.handOver(segment, { ...head, init }, (start - segment.start) / 1000, signal);
  }

  private zeroOf(segment: PlayableSegment, head: Head): number {
    return (segment.start - this.origin) / 1000 - (head.firstTime ?? 0);
  }

  private async headOf(segment: PlayableSegment, signal: AbortSignal): Promise<Head> {
    for (;;) {
      try {
        const head = await loadHead(segment, signal);
        if (head.firstTime !== null || !segment.growing || !(await this.grows(segment, signal))) return head;
        await pause(POLL_MS, signal);
      } catch (error) {
        if (!(error instanceof ApiError && RETRIED.has(error.code))) throw error;
        await pause(POLL_MS, signal);
      }
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
    const into = start <= segment.start ? INTO_SEGMENT_S : 0;
    this.video.currentTime = (start - this.origin) / 1000 + into;
    this.change({ time: start });
    this.resume();
  }

  /** Hand over a file from a second of it on, and what is added to it while it grows. */
  private async handOver(segment: PlayableSegment, head: Head, second: number, signal: AbortSignal): Promise<void> {
    const zero = this.zeroOf(segment, head);
    const video = head.init.tracks.find((track) => track.kind === "video");
    const skip = head.index.length > 0 ? -Infinity : (head.firstTime ?? 0) + second;
    let held: Uint8Array<ArrayBuffer>[] = [];
    let offset = offsetFor(head, second);
    let growing = segment.growing;
    let more = !growing || (await sizeOf(segment.file, signal)) > offset;
    for (;;) {
      const fragments = more ? fragmentsFrom(segment.file, offset, head.init, signal) : [];
      for await (const { fragment, next } of fragments) {
        offset = next;
        if (fragment === null) continue;
        const isVideo = fragment.track === video?.id;
        // Without an index all before the last key picture at or before the wanted second is left out.
        if (isVideo && fragment.key && (fragment.times[0] ?? 0) <= skip) held = [];
        held.push(fragment.bytes);
        if (isVideo) this.frames.add(fragment.times.map((time) => zero + time));
        if (fragment.end <= skip) continue;
        for (const bytes of held) await this.append(bytes, signal);
        held = [];
        if (isVideo) this.fedUntil = zero + fragment.end;
      }
      if (!growing) break;
      await pause(POLL_MS, signal);
      growing = await this.grows(segment, signal);
      more = (await sizeOf(segment.file, signal)) > offset;
    }
  }

  private async grows(segment: PlayableSegment, signal: AbortSignal): Promise<boolean> {
    this.finishWhenShown(this.origin + this.fedUntil * 1000);
    const [now] = await segmentsFrom(this.camera, segment.start, signal);
    return now?.id === segment.id && now.growing;
  }

  private async append(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
    const buffer = this.buffer;
    if (buffer === null) return;
    while (this.aheadS() > AHEAD_S + AHEAD_BY_RATE_S * this.state.rate) await pause(100, signal);
    await buffer.remove(0, Math.max(0, this.video.currentTime - BEHIND_S), signal);
    for (;;) {
      try {
        await buffer.append(bytes, signal);
        break;
      } catch (error) {
        if (!(error instanceof DOMException && error.name === "QuotaExceededError")) throw error;
        await buffer.remove(0, Math.max(0, this.video.currentTime - 2), signal);
        await pause(250, signal);
      }
    }
    this.follow();
  }

  private aheadS(): number {
    const ranges = this.video.buffered;
    return ranges.length === 0 ? 0 : ranges.end(ranges.length - 1) - this.video.currentTime;
  }

  /** What there is to do when the time or what is buffered has changed: tell of it, jump over what is missing. */
  private follow(): void {
    if (this.buffer === null || this.run.signal.aborted || this.video.readyState === 0) return;
    const at = this.video.currentTime;
    const here = rangeAt(this.video.buffered, at);
    // Browsers stop a few pictures before the end of what they have.
    const stalled = !this.video.seeking && this.video.readyState <= HTMLMediaElement.HAVE_CURRENT_DATA;
    if (here === null || here.end - at < (stalled ? STALL_S : END_S)) {
      const next = rangeAfter(this.video.buffered, at);
      if (next !== null) {
        if (next - at > SEAM_S) this.change({ skipped: { from: this.momentOf(at), to: this.momentOf(next) } });
        this.video.currentTime = next + INTO_SEGMENT_S;
      }
    }
    if (this.video.seeking || here === null) return;
    const shown = this.frames.at(at) ?? at;
    this.change({ time: this.momentOf(shown), atEnd: this.state.atEnd && here.end - at < 0.2 });
  }

  private momentOf(time: number): number {
    return this.origin + Math.round(time * 1000);
  }

  private finishWhenShown(end: number): void {
    const shown = this.origin + this.video.currentTime * 1000;
    if (end - shown < 300 && !this.video.seeking) this.change({ atEnd: true, loading: false });
  }
}

/** Answers after which the same file is asked for again. */
const RETRIED = new Set(["segment_empty", "segment_remote"]);
