import { type RefCallback, useCallback, useState, useSyncExternalStore } from "react";

import { NOTHING_YET, Player, type PlayerState } from "./player";

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
  return NOTHING_YET;
}
