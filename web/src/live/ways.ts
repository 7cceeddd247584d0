/** Which way of showing a stream worked in this tab. */
import type { FeedOptions, Way } from "./feed";

const STORED = "gstnvr.live.";
/** What hindered WebRTC may have passed after so long. */
const FORGOTTEN_AFTER_MS = 600_000;

function keyOf({ camera, stream, audio }: FeedOptions): string {
  return `${STORED}${camera}/${stream}${audio ? "/sound" : ""}`;
}

/** With what to begin: WebRTC, unless the browser has none or it failed a while ago. */
export function firstWay(options: FeedOptions, now: number): Way {
  if (!("RTCPeerConnection" in window)) return "mse";
  const failed = Number(sessionStorage.getItem(keyOf(options)) ?? "0");
  return now - failed < FORGOTTEN_AFTER_MS ? "mse" : "webrtc";
}

export function remember(options: FeedOptions, way: Way, now: number): void {
  if (way === "webrtc") sessionStorage.removeItem(keyOf(options));
  else sessionStorage.setItem(keyOf(options), String(now));
}
