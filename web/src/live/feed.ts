/** What all ways of showing a live picture have in common. */

/** `webrtc`: WHEP. `mse`: fragmented MP4 over a WebSocket. */
export type Way = "webrtc" | "mse";

export type FeedState =
  | { kind: "connecting" }
  | { kind: "playing"; way: Way }
  | { kind: "no-pictures" }
  | { kind: "unsupported"; codec: string }
  | { kind: "lost" };

export const NOTHING_YET: FeedState = { kind: "connecting" };

export interface FeedOptions {
  camera: string;
  stream: "main" | "sub";
  audio: boolean;
  /** There are no others beside it. */
  alone: boolean;
}

/** Shows a stream in a video element from `start` to `stop`. */
export interface Feed {
  start(): void;
  stop(): void;
}

/** How people call a way; in every language the same. */
export const WAY_NAMES: Record<Way, string> = { webrtc: "WebRTC", mse: "WebSocket" };

/** What is shown, and how; null: nothing. */
export function wayOf(state: FeedState): Way | null {
  return state.kind === "playing" ? state.way : null;
}

export type Tell = (state: FeedState) => void;

export const FIRST_RETRY_MS = 1000;
export const LONGEST_RETRY_MS = 10_000;

export function streamPath({ camera, stream }: FeedOptions): string {
  return `/api/v1/cameras/${encodeURIComponent(camera)}/streams/${stream}`;
}
