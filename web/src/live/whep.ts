/** One live picture over WebRTC, asked for as WHEP has it. */
import { errorOf } from "../api/client";
import { type Feed, type FeedOptions, FIRST_RETRY_MS, LONGEST_RETRY_MS, streamPath, type Tell } from "./feed";

const PICTURE_WITHIN_MS = 3000;
const FROZEN_AFTER_MS = 3000;
const LOOK_MS = 500;
const UNFIT = new Set(["not_playable", "webrtc_missing", "too_many_viewers"]);

/** What an attempt came to: `unfit`, another way should be taken; the others: later again. */
type Failure = "unfit" | "no-pictures" | "lost";

class AttemptError extends Error {
  constructor(readonly failure: Failure) {
    super(failure);
  }
}

/** Connects anew, for ever, as long as WebRTC is what works here; `giveUp` is called once if it is not. */
export class WhepFeed implements Feed {
  private peer: RTCPeerConnection | null = null;
  private session: string | null = null;
  private retry = 0;
  private looking = 0;
  private retryMs = FIRST_RETRY_MS;
  private stopped = true;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly options: FeedOptions,
    private readonly tell: Tell,
    private readonly giveUp: () => void,
  ) {}

  start(): void {
    this.stopped = false;
    // A page that is left ends nothing by itself, and without a word gstnvr would go on sending for a while.
    window.addEventListener("pagehide", this.leave);
    void this.connect();
  }

  private readonly leave = () => {
    this.stop();
  };

  stop(): void {
    this.stopped = true;
    window.removeEventListener("pagehide", this.leave);
    window.clearTimeout(this.retry);
    this.release();
  }

  private async connect(): Promise<void> {
    this.tell({ kind: "connecting" });
    const peer = new RTCPeerConnection();
    this.peer = peer;
    try {
      await this.negotiate(peer);
    } catch (error) {
      if (this.peer === peer) this.fail(error instanceof AttemptError ? error.failure : "lost");
    }
  }

  private async negotiate(peer: RTCPeerConnection): Promise<void> {
    const shown = new MediaStream();
    peer.ontrack = ({ track, receiver }) => {
      receiver.jitterBufferTarget = 0;
      shown.addTrack(track);
    };
    peer.addTransceiver("video", { direction: "recvonly" });
    const sound = this.options.audio ? peer.addTransceiver("audio", { direction: "recvonly" }) : null;
    await peer.setLocalDescription();
    // Without candidates: gstnvr learns the address of this browser from the checks that it sends.
    const answer = await this.ask(peer.localDescription?.sdp ?? "");
    if (this.peer !== peer) {
      hangUp(answer.session);
      return;
    }
    this.session = answer.session;
    await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    // Browsers take no AAC over WebRTC: whoever wants to hear it is better off with the other way.
    if (sound !== null && sound.currentDirection !== "recvonly") throw new AttemptError("unfit");
    this.video.srcObject = shown;
    this.watch(peer);
  }

  private async ask(offer: string): Promise<{ session: string; sdp: string }> {
    const headers = { "content-type": "application/sdp" };
    const response = await fetch(`${streamPath(this.options)}/whep`, { method: "POST", headers, body: offer });
    const session = response.headers.get("location");
    if (response.status === 201 && session !== null) return { session, sdp: await response.text() };
    const { code } = await errorOf(response);
    throw new AttemptError(UNFIT.has(code) ? "unfit" : code === "no_picture" ? "no-pictures" : "lost");
  }

  /** The state of a connection says little: pictures that come are what counts. */
  private watch(peer: RTCPeerConnection): void {
    let frames = 0;
    let since = performance.now();
    const look = async () => {
      const now = await framesDecoded(peer);
      if (this.peer !== peer) return;
      const silentMs = performance.now() - since;
      if (now > frames) {
        if (frames === 0) this.shown();
        frames = now;
        since = performance.now();
      } else if (frames === 0 && (silentMs > PICTURE_WITHIN_MS || peer.connectionState === "failed")) {
        this.fail("unfit");
      } else if (frames > 0 && (silentMs > FROZEN_AFTER_MS || ENDED.has(peer.connectionState))) {
        this.fail("lost");
      }
    };
    this.video.onloadeddata = () => {
      void look();
    };
    this.looking = window.setInterval(() => void look(), LOOK_MS);
    this.video.play().catch(() => undefined); // stopped meanwhile, or the browser wants a touch first
  }

  private shown(): void {
    this.retryMs = FIRST_RETRY_MS;
    this.tell({ kind: "playing", way: "webrtc" });
  }

  private fail(failure: Failure): void {
    this.release();
    if (this.stopped) return;
    if (failure === "unfit") {
      this.stop();
      this.giveUp();
      return;
    }
    this.tell({ kind: failure });
    this.retry = window.setTimeout(() => void this.connect(), this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS);
  }

  private release(): void {
    window.clearInterval(this.looking);
    this.video.onloadeddata = null;
    this.video.srcObject = null;
    this.peer?.close();
    this.peer = null;
    if (this.session !== null) hangUp(this.session);
    this.session = null;
  }
}

const ENDED = new Set<RTCPeerConnectionState>(["disconnected", "failed", "closed"]);

async function framesDecoded(peer: RTCPeerConnection): Promise<number> {
  let frames = 0;
  (await peer.getStats()).forEach((report: { type: string; kind?: string; framesDecoded?: number }) => {
    if (report.type === "inbound-rtp" && report.kind === "video") frames = report.framesDecoded ?? 0;
  });
  return frames;
}

/** Also when the page is being left; a session that is forgotten ends by itself. */
function hangUp(session: string): void {
  fetch(session, { method: "DELETE", keepalive: true }).catch(() => undefined);
}
