/**
 * Plays what was recorded of several cameras in step, or of one.
 *
 * All go by one moment. While they play, that is where the slowest of those is that have a picture, and the others are
 * slowed down to it. One that has no picture waits where its pictures go on; if none has one, all go there at once.
 */
import { ApiError } from "../api/client";
import { INTO_S, type Wanted } from "./feeder";
import { type Coverage, Lane } from "./lane";

export const RATES = [0.25, 0.5, 1, 2, 4, 8, 16] as const;
export const MOST_CAMERAS = 9;

/** What one of the cameras shows, or why it does not. */
export interface View {
  camera: string;
  coverage: Coverage;
  /** Codec of sound that this browser cannot play. */
  silent: string | null;
}

export interface PlaybackState {
  /** When the picture of the first camera was taken that is shown, or is going to be; milliseconds of UTC. */
  time: number | null;
  /** By which all go; within the time for which that picture is shown. */
  moment: number | null;
  playing: boolean;
  loading: boolean;
  /** All that is recorded so far has been shown. */
  atEnd: boolean;
  rate: number;
  /** What was jumped over last. */
  skipped: { from: number; to: number } | null;
  views: readonly View[];
}

/** Before a moment is chosen. */
export const NOTHING_YET: PlaybackState = {
  time: null,
  moment: null,
  playing: false,
  loading: false,
  atEnd: false,
  rate: 1,
  skipped: null,
  views: [],
};

const TICK_MS = 20;
const TELL_MS = 100;
const SEAM_MS = 500;
const JOIN_MS = 20;
/** Who is early by so much stops; by less, goes slower. Of the clock on the wall. */
const TOO_EARLY_S = 0.12;
const EARLY_S = 0.003;
/** Changes of speed can be heard. */
const EARLY_WITH_SOUND_S = 0.03;

export class Playback {
  private state: PlaybackState = NOTHING_YET;
  private readonly listeners = new Set<() => void>();
  private readonly lanes = new Map<string, Lane>();
  private order: readonly string[] = [];
  private readonly running = new Set<Lane>();
  private moment: number | null = null;
  private seeking = false;
  private held = false;
  private told = 0;
  private timer = 0;
  private audible = false;
  private readonly wanted: Wanted = { moment: () => this.moment ?? 0, rate: () => this.state.rate };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): PlaybackState => this.state;

  /** Show a camera in a video element; ends with what it returns. */
  add(camera: string, video: HTMLVideoElement): () => void {
    const lane = new Lane(video, camera, this.wanted, this.tick);
    this.lanes.set(camera, lane);
    if (this.moment !== null) {
      this.seeking = true;
      lane.seek(this.moment);
    }
    return () => {
      lane.close();
      this.lanes.delete(camera);
      this.running.delete(lane);
      this.tick();
    };
  }

  /** Which of the cameras is the first, by whose pictures it is stepped and whose sound is heard. */
  arrange(cameras: readonly string[], audible: boolean): void {
    this.order = cameras;
    this.audible = audible;
    this.tick();
  }

  /** Show the pictures of this moment; where no camera was recorded, the next ones after it. */
  seek(moment: number): void {
    this.moment = moment;
    this.seeking = true;
    this.running.clear();
    this.change({ time: moment, moment, atEnd: false, skipped: null, loading: true });
    for (const lane of this.inOrder()) lane.seek(moment);
    this.tick();
  }

  play(): void {
    this.change({ playing: true });
    this.timer ||= window.setInterval(this.tick, TICK_MS);
    this.tick();
  }

  readonly pause = (): void => {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.running.clear();
    this.change({ playing: false });
    this.tick();
  };

  setRate(rate: number): void {
    this.change({ rate });
  }

  /** Show the picture before (-1) or after (1) the one that is shown, of the first camera that has one. */
  step(steps: -1 | 1): void {
    this.pause();
    const { moment } = this;
    if (moment === null) return;
    const lane = this.inOrder().find((one) => one.coverage(moment).kind === "picture");
    if (lane === undefined) return;
    lane
      .besides(moment, steps)
      .then((found) => {
        if (found !== null && this.moment === moment) this.seek(found);
      })
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
      });
  }

  private inOrder(): Lane[] {
    return this.order.map((camera) => this.lanes.get(camera)).filter((lane) => lane !== undefined);
  }

  private change(changes: Partial<PlaybackState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener();
  }

  /** What there is to do when time has passed, or a camera has more or shows another picture. */
  private readonly tick = (): void => {
    const lanes = this.inOrder();
    if (this.moment === null || lanes.length === 0) return;
    if (this.seeking) {
      if (!lanes.every((lane) => lane.settled)) {
        for (const lane of lanes) lane.hold();
        this.tell(lanes, this.moment, "loading");
        return;
      }
      this.seeking = false;
      this.moment = this.nearest(lanes, this.moment);
      for (const lane of lanes) lane.stand(this.moment);
    }
    if (this.state.playing) this.advance(lanes, this.moment);
    else {
      for (const lane of lanes) lane.stand(this.moment);
      this.tell(lanes, this.moment, null);
    }
  };

  /** A moment, if any camera has a picture of it; else where some camera has one. */
  private nearest(lanes: readonly Lane[], moment: number): number {
    const coverages = lanes.map((lane) => lane.coverage(moment));
    if (coverages.some(({ kind }) => kind === "picture")) return moment;
    const behind = lanes.filter((_, index) => BEHIND.has(coverages[index]?.kind ?? "gap"));
    const earlier = behind.map(({ standing }) => standing ?? Infinity).filter((standing) => standing < moment);
    if (earlier.length > 0) return Math.max(...earlier);
    return nextOf(coverages) ?? moment;
  }

  private advance(lanes: readonly Lane[], before: number): void {
    const standing = [...this.running].map((lane) => lane.standing ?? Infinity);
    const moment = standing.length === 0 ? before : Math.max(before, Math.min(...standing));
    this.moment = moment;
    const coverages = lanes.map((lane) => lane.coverage(moment));
    const waits = this.whyWait(coverages);
    const next = nextOf(coverages);
    const pictured = lanes.filter((_, index) => coverages[index]?.kind === "picture");
    if (waits !== null || pictured.length === 0) {
      this.held = true;
      for (const lane of lanes) lane.hold();
      this.tell(lanes, moment, waits ?? "edge");
      if (waits === null && next !== null) this.jump(lanes, moment, next);
      return;
    }
    this.held = false;
    for (const lane of lanes) {
      if (pictured.includes(lane)) this.run(lane, moment);
      else {
        this.running.delete(lane);
        lane.stand(moment);
      }
    }
    this.tell(lanes, moment, null);
  }

  /** Once stopped for a camera, all go on when there is enough of each. */
  private whyWait(coverages: readonly Coverage[]): "loading" | "edge" | null {
    const kinds = coverages.map((one) => (one.kind === "picture" && this.held ? one.short : one.kind));
    return (["loading", "edge"] as const).find((kind) => kinds.includes(kind)) ?? null;
  }

  /** No camera has a picture before this moment. */
  private jump(lanes: readonly Lane[], from: number, to: number): void {
    this.moment = to;
    this.running.clear();
    for (const lane of lanes) lane.stand(to);
    if (to - from > SEAM_MS) this.change({ skipped: { from, to } });
  }

  private run(lane: Lane, moment: number): void {
    const { rate } = this.state;
    const early = ((lane.standing ?? moment) - moment) / 1000;
    if (!this.running.has(lane)) {
      this.running.add(lane);
      if (Math.abs(early) * 1000 > JOIN_MS * rate) {
        lane.stand(moment);
        return;
      }
    }
    const heard = this.audible && lane.camera === this.order[0];
    const allowed = heard ? EARLY_WITH_SOUND_S : EARLY_S;
    const pace = early / rate > allowed ? Math.max(0, 1 - early / rate / TOO_EARLY_S) : 1;
    lane.run(rate, pace, this.pause);
  }

  private tell(lanes: readonly Lane[], moment: number, waits: "loading" | "edge" | null): void {
    const views = lanes.map(
      (lane): View => ({ camera: lane.camera, coverage: lane.coverage(moment), silent: lane.silent }),
    );
    const [first] = lanes;
    const shown = first !== undefined && views[0]?.coverage.kind === "picture" ? first.shownAt(moment) : moment;
    const changes = {
      time: Math.ceil(shown - 0.001),
      moment: Math.round(moment),
      loading: waits === "loading",
      atEnd: waits === "edge",
      views: same(views, this.state.views) ? this.state.views : views,
    };
    const { state } = this;
    const silent = changes.loading === state.loading && changes.atEnd === state.atEnd && changes.views === state.views;
    if (silent && (changes.time === state.time || (state.playing && performance.now() - this.told < TELL_MS))) return;
    this.told = performance.now();
    this.change(changes);
  }
}

/** Of cameras that show what they have last, as they have nothing yet of the moment. */
const BEHIND: ReadonlySet<Coverage["kind"]> = new Set(["loading", "edge", "end"]);

/** Where pictures of some camera go on; null: nowhere. */
function nextOf(coverages: readonly Coverage[]): number | null {
  const untils = coverages.map((one) => (one.kind === "gap" ? one.until : Infinity));
  const next = Math.min(...untils);
  return next === Infinity ? null : next + INTO_S * 1000;
}

function same(views: readonly View[], others: readonly View[]): boolean {
  return JSON.stringify(views) === JSON.stringify(others);
}
