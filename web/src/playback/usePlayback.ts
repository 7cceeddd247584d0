import { useEffect, useState, useSyncExternalStore } from "react";

import { Playback, type PlaybackState } from "./playback";

/** Cameras that are played in step, the first of which is heard if any is to be. */
export function usePlayback(
  cameras: readonly string[],
  audible: boolean,
): { playback: Playback; state: PlaybackState } {
  const [playback] = useState(() => new Playback());
  const named = cameras.join();
  useEffect(() => {
    playback.arrange(named.split(","), audible);
  }, [playback, named, audible]);
  useEffect(() => playback.pause, [playback]);
  const state = useSyncExternalStore(playback.subscribe, playback.snapshot);
  return { playback, state };
}
