import { type RefCallback, useCallback, useState, useSyncExternalStore } from "react";

import { Player, type PlayerState } from "./player";

const NONE: PlayerState = {
  time: null,
  playing: false,
  loading: false,
  atEnd: false,
  rate: 1,
  problem: null,
  silent: null,
  skipped: null,
};

/** A player for the video element that gets `attach` as its ref; closed with it. */
export function usePlayer(): { attach: RefCallback<HTMLVideoElement>; player: Player | null; state: PlayerState } {
  const [player, setPlayer] = useState<Player | null>(null);
  const attach = useCallback((video: HTMLVideoElement) => {
    const made = new Player(video);
    setPlayer(made);
    return () => {
      made.close();
      setPlayer(null);
    };
  }, []);
  const state = useSyncExternalStore(player?.subscribe ?? unsubscribed, player?.snapshot ?? none);
  return { attach, player, state };
}

function unsubscribed(): () => void {
  return () => undefined;
}

function none(): PlayerState {
  return NONE;
}
