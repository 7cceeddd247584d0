/** One live picture, in the way that works: WebRTC first, and Media Source Extensions until and unless that shows something. */
import { type Feed, type FeedOptions, type FeedState, NOTHING_YET, type Tell, type Way } from "./feed";
import { MseFeed } from "./mse";
import { firstWay, remember } from "./ways";
import { WhepFeed } from "./whep";

/** Nobody looks at a black picture for longer, if the other way has one. */
const PATIENCE_MS = 300;
/** Many pictures begin at once, and would only hold each other up if all of them came in two ways. */
const PATIENCE_AMONG_MANY_MS = 1500;

/** A way that is being tried, in a video element of its own. */
interface Attempt {
  feed: Feed;
  video: HTMLVideoElement;
  state: FeedState;
}

type MakeFeed = (video: HTMLVideoElement, tell: Tell) => Feed;

export class LivePicture implements Feed {
  private readonly attempts = new Map<Way, Attempt>();
  private starting: number | undefined;
  private patience: number | undefined;
  private unfit = false;
  private told: FeedState | null = null;

  /** `makeVideo`: makes an element that is shown in `stage`. */
  constructor(
    private readonly stage: HTMLElement,
    private readonly makeVideo: () => HTMLVideoElement,
    private readonly options: FeedOptions,
    private readonly tell: Tell,
  ) {}

  start(): void {
    // Each in a task of its own: all pictures of a grid together would hold the page up.
    this.starting = window.setTimeout(() => {
      if (firstWay(this.options, Date.now()) === "webrtc") this.tryWebRtc();
      else this.tryMse();
    });
  }

  stop(): void {
    window.clearTimeout(this.starting);
    window.clearTimeout(this.patience);
    for (const way of [...this.attempts.keys()]) this.end(way);
  }

  private tryWebRtc(): void {
    const giveUp = () => {
      this.unfit = true;
      this.end("webrtc");
      this.tryMse();
    };
    this.try("webrtc", (video, tell) => new WhepFeed(video, this.options, tell, giveUp));
  }

  private tryMse(): void {
    if (this.attempts.has("mse")) this.decide();
    else this.try("mse", (video, tell) => new MseFeed(video, this.options, tell));
  }

  private try(way: Way, makeFeed: MakeFeed): void {
    const video = this.makeVideo();
    const note: Tell = (state) => {
      attempt.state = state;
      if (this.attempts.get(way) === attempt) this.decide();
    };
    const attempt = { video, feed: makeFeed(video, note), state: NOTHING_YET };
    this.attempts.set(way, attempt);
    this.stage.append(video);
    attempt.feed.start();
  }

  private end(way: Way): void {
    const attempt = this.attempts.get(way);
    this.attempts.delete(way);
    attempt?.feed.stop();
    attempt?.video.remove();
  }

  private decide(): void {
    this.learn();
    this.bridge();
    const shown = this.shown();
    for (const { video } of this.attempts.values()) video.hidden = video !== shown.video;
    this.say(shown.state);
  }

  private learn(): void {
    if (this.isPlaying("webrtc")) {
      this.end("mse");
      remember(this.options, "webrtc", Date.now());
    } else if (this.unfit && this.isPlaying("mse")) {
      // Once: a way that was remembered is tried anew some day, so the time of its failure stays what it was.
      this.unfit = false;
      remember(this.options, "mse", Date.now());
    }
  }

  /** Let the other way help out while WebRTC shows nothing. */
  private bridge(): void {
    if (this.isPlaying("webrtc") || this.attempts.has("mse")) {
      window.clearTimeout(this.patience);
      this.patience = undefined;
    } else {
      this.patience ??= window.setTimeout(() => {
        this.tryMse();
      }, this.options.alone ? PATIENCE_MS : PATIENCE_AMONG_MANY_MS);
    }
  }

  private isPlaying(way: Way): boolean {
    return this.attempts.get(way)?.state.kind === "playing";
  }

  private shown(): Attempt {
    const [webrtc, mse] = [this.attempts.get("webrtc"), this.attempts.get("mse")];
    const found = mse === undefined || (webrtc !== undefined && !this.isPlaying("mse")) ? webrtc : mse;
    if (found === undefined) throw new Error("no way is being tried");
    return found;
  }

  private say(state: FeedState): void {
    if (JSON.stringify(state) === JSON.stringify(this.told)) return;
    this.told = state;
    this.tell(state);
  }
}
