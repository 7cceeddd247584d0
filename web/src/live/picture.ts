/** One live picture, in the way that works: WebRTC first, then Media Source Extensions. */
import type { Feed, FeedOptions, Tell, Way } from "./feed";
import { MseFeed } from "./mse";
import { firstWay, remember } from "./ways";
import { WhepFeed } from "./whep";

export class LivePicture implements Feed {
  private feed: Feed | null = null;
  private unfit = false;
  private remembered = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly options: FeedOptions,
    private readonly tell: Tell,
  ) {}

  start(): void {
    this.show(firstWay(this.options, Date.now()));
  }

  stop(): void {
    this.feed?.stop();
    this.feed = null;
  }

  private show(way: Way): void {
    this.feed = way === "webrtc" ? this.overWebRtc() : new MseFeed(this.video, this.options, this.note);
    this.feed.start();
  }

  private overWebRtc(): Feed {
    return new WhepFeed(this.video, this.options, this.note, () => {
      this.unfit = true;
      this.show("mse");
    });
  }

  private readonly note: Tell = (state) => {
    // A way that was remembered is tried anew some day, so the time of its failure stays what it was.
    const found = state.kind === "playing" && (state.way === "webrtc" || this.unfit);
    if (found && !this.remembered) {
      this.remembered = true;
      remember(this.options, state.way, Date.now());
    }
    this.tell(state);
  };
}
