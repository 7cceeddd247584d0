/** One live picture: from the WebSocket of a stream, through Media Source Extensions, into a video element. */
import { type Feed, type FeedOptions, FIRST_RETRY_MS, LONGEST_RETRY_MS, streamPath, type Tell } from "./feed";

interface Format {
  type: "format";
  mime: string | null;
  video: { codec: string };
}

type Message = Format | { type: "waiting" } | { type: "skipped" } | { type: "other" };

const BEHIND_S = 1;
/** From so far behind on it plays a little faster, until it is close again: no picture is left out for it. */
const CHASE_FROM_S = 0.2;
const CHASED_S = 0.1;
const CHASE_RATE = 1.2;
const TO_EDGE_S = 0.1;
const KEEP_S = 10;
const TRIM_EVERY_S = 5;

function feedUrl(options: FeedOptions): string {
  const base = window.location.origin.replace(/^http/, "ws");
  return `${base}${streamPath(options)}/live${options.audio ? "" : "?audio=false"}`;
}

/** What a text message says; messages that this version does not know are of the type `other`. */
function readMessage(text: string): Message {
  const message = JSON.parse(text) as { type?: unknown };
  const known = message.type === "format" || message.type === "waiting" || message.type === "skipped";
  return known ? (message as Message) : { type: "other" };
}

/** Connects anew, for ever, whenever the connection ends. */
export class MseFeed implements Feed {
  private socket: WebSocket | null = null;
  private source: MediaSource | null = null;
  private buffer: SourceBuffer | null = null;
  private mime = "";
  private waiting: ArrayBuffer[] = [];
  private toEdge = true;
  private retryMs = FIRST_RETRY_MS;
  private retry = 0;
  private stopped = true;
  private trimmedAt = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly options: FeedOptions,
    private readonly tell: Tell,
  ) {}

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    window.clearTimeout(this.retry);
    this.socket?.close();
    this.release();
  }

  private connect(): void {
    this.tell({ kind: "connecting" });
    const socket = new WebSocket(feedUrl(this.options));
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (this.socket !== socket || this.stopped) return;
      if (typeof event.data === "string") this.obey(readMessage(event.data));
      else this.take(event.data);
    };
    socket.onclose = () => {
      if (this.socket === socket && !this.stopped) this.lost();
    };
  }

  private lost(): void {
    this.release();
    this.tell({ kind: "lost" });
    this.retry = window.setTimeout(() => {
      this.connect();
    }, this.retryMs);
    this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS);
  }

  private release(): void {
    this.socket = null;
    this.buffer = null;
    this.source = null;
    this.waiting = [];
    this.video.removeAttribute("src");
    this.video.load();
  }

  private obey(message: Message): void {
    switch (message.type) {
      case "format":
        this.begin(message);
        break;
      case "waiting":
        this.tell({ kind: "no-pictures" });
        break;
      case "skipped":
        this.toEdge = true;
        break;
      case "other":
        break;
    }
  }

  private begin({ mime, video }: Format): void {
    this.toEdge = true;
    this.retryMs = FIRST_RETRY_MS;
    if (mime === null || !MediaSource.isTypeSupported(mime)) {
      this.tell({ kind: "unsupported", codec: video.codec });
      return;
    }
    this.mime = mime;
    // A new time line for every format: its time 0 is another one.
    const source = new MediaSource();
    this.source = source;
    this.buffer = null;
    this.waiting = [];
    const url = URL.createObjectURL(source);
    this.video.src = url;
    source.addEventListener("sourceopen", () => {
      URL.revokeObjectURL(url);
      if (this.source === source) this.open(source);
    });
  }

  private open(source: MediaSource): void {
    const buffer = source.addSourceBuffer(this.mime);
    this.buffer = buffer;
    buffer.addEventListener("updateend", () => {
      if (this.buffer !== buffer) return;
      this.follow(buffer);
      this.append();
    });
    buffer.addEventListener("error", () => {
      if (this.buffer === buffer) this.socket?.close();
    });
    this.append();
  }

  private take(data: ArrayBuffer): void {
    if (this.source === null) return;
    this.waiting.push(data);
    this.append();
  }

  private append(): void {
    const buffer = this.buffer;
    if (buffer === null || buffer.updating || this.video.error !== null) return;
    if (this.trims(buffer)) return;
    const next = this.waiting.shift();
    if (next !== undefined) buffer.appendBuffer(next);
  }

  private trims(buffer: SourceBuffer): boolean {
    const until = this.video.currentTime - KEEP_S;
    if (until <= this.trimmedAt + TRIM_EVERY_S) return false;
    this.trimmedAt = until;
    buffer.remove(0, until);
    return true;
  }

  private follow(buffer: SourceBuffer): void {
    const ranges = buffer.buffered;
    if (ranges.length === 0) return;
    const edge = ranges.end(ranges.length - 1);
    const start = ranges.start(ranges.length - 1);
    if (this.toEdge || edge - this.video.currentTime > BEHIND_S) {
      this.toEdge = false;
      this.video.currentTime = Math.max(start, edge - TO_EDGE_S);
    }
    this.chase(edge - this.video.currentTime);
    if (this.video.paused) {
      this.video.play().then(
        () => {
          this.tell({ kind: "playing", way: "mse" });
        },
        () => undefined, // stopped meanwhile, or the browser wants a touch first
      );
    } else this.tell({ kind: "playing", way: "mse" });
  }

  private chase(behindS: number): void {
    if (behindS > CHASE_FROM_S) this.video.playbackRate = CHASE_RATE;
    else if (behindS < CHASED_S) this.video.playbackRate = 1;
  }
}
