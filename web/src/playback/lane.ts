/** One camera of those that are played in step: what it has for a moment, and its video element. */
import { rangeAfter, rangeAt } from "./buffer";
import { Feeder, INTO_S, type Problem, type Wanted } from "./feeder";
import { recordedUntil } from "./segments";

/** What a camera has for a moment. */
export type Coverage =
  /** `short`: why there is hardly more of it yet; null: there is. */
  | { kind: "picture"; short: "loading" | "edge" | null }
  | { kind: "gap"; until: number }
  /** Nothing is recorded any more, as far as is known. */
  | { kind: "end" }
  /** The recording grows, and is not so far yet. */
  | { kind: "edge" }
  | { kind: "loading" }
  | { kind: "problem"; problem: Problem };

const UNKNOWN_LENGTH_S = 0.04;
const BEFORE_END_MS = 5;
const SEAM_S = 0.5;
const END_S = 0.03;
const STALL_S = 0.3;
const PLENTY_S = 0.3;
/** After which others do not wait any longer for a recording to grow. */
const PATIENCE_MS = 3000;

export class Lane {
  private readonly feeder: Feeder;
  private readonly listening = new AbortController();
  private edgeSince: number | null = null;

  constructor(
    private readonly video: HTMLVideoElement,
    readonly camera: string,
    wanted: Wanted,
    changed: () => void,
  ) {
    this.feeder = new Feeder(video, camera, wanted, changed);
    const { signal } = this.listening;
    for (const event of ["timeupdate", "seeked", "waiting", "canplay", "loadeddata"])
      video.addEventListener(event, changed, { signal });
    video.addEventListener(
      "error",
      () => {
        if (video.error === null || !this.feeder.begun) return;
        this.feeder.fail({ kind: "file", message: video.error.message || `media error ${video.error.code}` });
      },
      { signal },
    );
  }

  close(): void {
    this.feeder.stop();
    this.listening.abort();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  get silent(): string | null {
    return this.feeder.silent;
  }

  /** What was asked for is on the screen, or is known not to be there. */
  get settled(): boolean {
    if (this.feeder.problem !== null || this.feeder.empty) return true;
    return this.feeder.begun && !this.video.seeking && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  /** The moment at which the video element stands; null before it has anything. */
  get standing(): number | null {
    return this.feeder.begun ? this.feeder.momentOf(this.video.currentTime) : null;
  }

  /** When the picture was taken that is shown for a moment. */
  shownAt(moment: number): number {
    return this.feeder.momentOf(this.feeder.frames.at(this.feeder.placeOf(moment)) ?? this.feeder.placeOf(moment));
  }

  /** A moment of the picture before (-1) or after (1) the one of a moment; null: there is none. */
  async besides(moment: number, steps: -1 | 1): Promise<number | null> {
    const { feeder } = this;
    const place = feeder.placeOf(moment);
    const known = feeder.frames.besides(place, steps);
    if (known !== null && feeder.knows(feeder.momentOf(known))) return feeder.momentOf(known);
    const shown = this.shownAt(moment);
    if (steps === 1) return shown + 1500 * (feeder.frames.lengthAt(place) ?? UNKNOWN_LENGTH_S);
    const end = await recordedUntil(this.camera, shown);
    return end === null ? null : end - BEFORE_END_MS;
  }

  /** Show the picture of this moment; where nothing was recorded, the next one after it. */
  seek(moment: number): void {
    this.video.pause();
    this.edgeSince = null;
    if (this.feeder.knows(moment)) this.stand(moment);
    else this.feeder.start(moment);
  }

  coverage(moment: number): Coverage {
    const { feeder, video } = this;
    if (feeder.problem !== null) return { kind: "problem", problem: feeder.problem };
    if (feeder.empty) return { kind: "end" };
    if (!feeder.begun) return { kind: "loading" };
    const place = feeder.placeOf(moment);
    const here = rangeAt(video.buffered, place) ?? rangeAt(video.buffered, place - SEAM_S);
    const next = rangeAfter(video.buffered, Math.max(place, here?.end ?? place));
    const seam = here !== null && next !== null && next - here.end < SEAM_S;
    if (here !== null && (seam || !this.isOver(here.end, place))) {
      this.edgeSince = null;
      const plenty = next !== null || feeder.reach === "end" || here.end - place > PLENTY_S * this.rate;
      return { kind: "picture", short: plenty ? null : feeder.reach === "edge" ? "edge" : "loading" };
    }
    if (next !== null) return { kind: "gap", until: feeder.momentOf(next) };
    if (feeder.reach === "end") return { kind: "end" };
    if (feeder.reach === "on") return { kind: "loading" };
    this.edgeSince ??= performance.now();
    return { kind: performance.now() - this.edgeSince < PATIENCE_MS ? "edge" : "end" };
  }

  private get rate(): number {
    return Math.max(1, this.video.defaultPlaybackRate);
  }

  /** Whether what is buffered ends at a place; while it is played, browsers stop a little before the end. */
  private isOver(end: number, place: number): boolean {
    const { video } = this;
    if (video.paused) return place > end;
    const stalled = !video.seeking && video.readyState <= HTMLMediaElement.HAVE_CURRENT_DATA;
    return end - place < (stalled ? STALL_S : END_S);
  }

  /** Show the picture of a moment that it has, or is to have next. */
  stand(moment: number): void {
    this.video.pause();
    const coverage = this.coverage(moment);
    if (coverage.kind === "gap") this.goTo(this.feeder.placeOf(coverage.until) + INTO_S);
    else if (coverage.kind === "picture") this.goTo(this.feeder.placeOf(moment));
  }

  private goTo(place: number): void {
    if (Math.abs(this.video.currentTime - place) > 0.001) this.video.currentTime = place;
  }

  /** Stay at the picture that is shown. */
  hold(): void {
    this.video.pause();
  }

  /**
   * Play on.
   *
   * @param rate - of all.
   * @param pace - how much of it, at most 1: those that are ahead of others go slower.
   * @param refused - is told if the browser does not let a page play.
   */
  run(rate: number, pace: number, refused: () => void): void {
    const { video } = this;
    if (video.seeking) return;
    this.crossSeam();
    if (pace <= 0) {
      video.pause();
      return;
    }
    const wanted = Math.max(SLOWEST, rate * pace);
    video.defaultPlaybackRate = rate;
    if (Math.abs(video.playbackRate - wanted) > 0.002 * rate) video.playbackRate = wanted;
    if (!video.paused) return;
    video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") refused();
    });
  }

  /** Over a hole so short that it is none. */
  private crossSeam(): void {
    const { buffered, currentTime } = this.video;
    const here = rangeAt(buffered, currentTime);
    const next = rangeAfter(buffered, here?.end ?? currentTime);
    if (next === null || next - (here?.end ?? currentTime) >= SEAM_S) return;
    if (here === null || this.isOver(here.end, currentTime)) this.video.currentTime = next + INTO_S;
  }
}

/** Slower than which browsers do not play. */
const SLOWEST = 0.0625;
