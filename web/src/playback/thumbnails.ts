/** Thumbnails while somebody scrubs: the newest place wins, and what lies around it is fetched ahead. */
import { SECOND } from "../time/zone";
import type { Scale } from "./scale";
import { type Span, spanAt } from "./spans";

export interface FetchedThumbnail {
  picture: Blob;
  /** When it was taken, in milliseconds. */
  taken: number;
  /** The answer for this moment will always be the same. */
  settled: boolean;
}

export interface ShownThumbnail {
  /** Address of the picture. */
  url: string;
  taken: number;
}

/** Asks for the picture of a moment; null if there is none. */
export type FetchThumbnail = (at: number, signal: AbortSignal) => Promise<FetchedThumbnail | null>;

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600].map((seconds) => seconds * SECOND);
const AROUND = [1, -1, 2, -2, 3];
const MOST_RUNNING = 2;
const MOST_KEPT = 300;
const STALE_MS = 300;
/** Until the first answer: what makes thumbnails is started for it. */
const STALE_AT_FIRST_MS = 6000;
const REST_MS = 1000;

/** The moment to ask for, so that a few pixels share one picture; null where nothing was recorded. */
export function thumbnailMoment(scale: Scale, recordings: readonly Span[], moment: number): number | null {
  const span = spanAt(recordings, moment);
  if (span === null) return null;
  const step = stepOf(scale);
  return Math.max(span.start + 1, Math.floor(moment / step) * step); // it began within this millisecond
}

/** Moments whose pictures are likely to be wanted next. */
export function momentsAround(scale: Scale, recordings: readonly Span[], moment: number): number[] {
  const step = stepOf(scale);
  const found = AROUND.map((steps) => thumbnailMoment(scale, recordings, moment + steps * step));
  return found.filter((one) => one !== null);
}

function stepOf(scale: Scale): number {
  const pixel = (scale.end - scale.start) / Math.max(1, scale.width);
  return STEPS.find((step) => step >= pixel) ?? 600 * SECOND;
}

interface Running {
  since: number;
  number: number;
  ahead: boolean;
  abort: AbortController;
}

/** Fetches what is wanted, with two requests at a time at most, and keeps it. */
export class ThumbnailLoader {
  private readonly kept = new Map<number, ShownThumbnail | null>();
  private readonly running = new Map<number, Running>();
  private wanted: number | null = null;
  private ahead: readonly number[] = [];
  /** The last wanted one that was answered, be it kept or not. */
  private answered: number | null = null;
  private shown: ShownThumbnail | null = null;
  /** Of the request whose picture is shown. */
  private shownNumber = 0;
  private numbers = 0;
  private restUntil = 0;
  private staleMs = STALE_AT_FIRST_MS;

  constructor(
    private readonly fetch: FetchThumbnail,
    private readonly tell: (shown: ShownThumbnail | null) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Have the picture of a moment ready, and all that it takes to make others. */
  prepare(at: number): void {
    if (this.running.size === 0 && this.lacks(at)) this.run(at, true);
  }

  /** Show the picture of a moment as soon as it is here, and have those of others ready. */
  want(at: number, ahead: readonly number[]): void {
    if (at !== this.wanted) this.answered = null;
    this.wanted = at;
    this.ahead = ahead;
    const known = this.kept.get(at);
    if (known !== undefined) {
      this.kept.delete(at);
      this.kept.set(at, known);
      this.show(known, (this.numbers += 1));
    }
    this.dropStale();
    this.pump();
  }

  /** Show nothing, and stop fetching; what is being prepared goes on. */
  stop(): void {
    if (this.wanted !== null) this.abandon();
  }

  close(): void {
    this.abandon();
    for (const known of this.kept.values()) if (known !== null) URL.revokeObjectURL(known.url);
    this.kept.clear();
  }

  private abandon(): void {
    this.wanted = null;
    this.answered = null;
    for (const { abort } of this.running.values()) abort.abort();
    this.running.clear();
    this.show(null, (this.numbers += 1));
  }

  private dropStale(): void {
    if (this.running.size < MOST_RUNNING || !this.lacks(this.wanted)) return;
    for (const [at, { since, abort }] of this.running) {
      if (this.now() - since < this.staleMs) continue;
      abort.abort();
      this.running.delete(at);
      return;
    }
  }

  private lacks(at: number | null): at is number {
    return at !== null && at !== this.answered && !this.kept.has(at) && !this.running.has(at);
  }

  private pump(): void {
    if (this.now() < this.restUntil) return;
    if (this.running.size < MOST_RUNNING && this.lacks(this.wanted)) this.run(this.wanted, false);
    const next = this.ahead.find((at) => this.lacks(at));
    if (this.wanted !== null && this.running.size === 0 && next !== undefined) this.run(next, true);
  }

  private run(at: number, ahead: boolean): void {
    const mine: Running = { since: this.now(), number: (this.numbers += 1), ahead, abort: new AbortController() };
    this.running.set(at, mine);
    void this.fetch(at, mine.abort.signal).then(
      (found) => {
        if (this.running.get(at) === mine) this.take(at, mine, found);
      },
      () => {
        if (this.running.get(at) !== mine) return;
        this.running.delete(at);
        this.restUntil = this.now() + REST_MS;
      },
    );
  }

  private take(at: number, { number, ahead }: Running, found: FetchedThumbnail | null): void {
    this.running.delete(at);
    this.staleMs = STALE_MS;
    const known = found && { url: URL.createObjectURL(found.picture), taken: found.taken };
    if (at === this.wanted) this.answered = at;
    // While one moves on, what was wanted a moment ago is better than nothing new.
    if (at === this.wanted || (!ahead && number > this.shownNumber && known !== null)) this.show(known, number);
    if (found === null || found.settled) this.keep(at, known);
    this.pump();
  }

  private show(known: ShownThumbnail | null, number: number): void {
    this.shownNumber = number;
    if (known === this.shown) return;
    this.shown = known;
    this.tell(known);
  }

  private keep(at: number, known: ShownThumbnail | null): void {
    this.kept.set(at, known);
    for (const [oldest, other] of this.kept) {
      if (this.kept.size <= MOST_KEPT) return;
      this.kept.delete(oldest);
      if (other !== null && other !== this.shown) URL.revokeObjectURL(other.url);
    }
  }
}
