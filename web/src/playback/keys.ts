import { useEffect, useRef } from "react";

import { type Player, type PlayerState, RATES } from "./player";

interface Actions {
  skip: (seconds: number) => void;
  gap: (direction: -1 | 1) => void;
}

/** Keys of the page, but where somebody types or chooses. */
export function usePlaybackKeys(player: Player | null, state: PlayerState, actions: Actions): void {
  const latest = useRef({ player, state, actions });
  useEffect(() => {
    latest.current = { player, state, actions };
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || isTaken(event)) return;
      const action = actionOf(event, latest.current);
      if (action === null) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", listen);
    return () => {
      document.removeEventListener("keydown", listen);
    };
  }, []);
}

/** Whether a key belongs to what has the focus. */
export function isTaken({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("input, select, textarea") !== null) return true;
  return key === " " && target.closest("button, a, summary") !== null;
}

function actionOf(
  event: KeyboardEvent,
  { player, state, actions }: { player: Player | null; state: PlayerState; actions: Actions },
): (() => void) | null {
  const seconds = event.shiftKey ? 60 : 10;
  switch (event.key) {
    case " ":
      return () => (state.playing ? player?.pause() : player?.play());
    case "ArrowLeft":
      return () => {
        actions.skip(-seconds);
      };
    case "ArrowRight":
      return () => {
        actions.skip(seconds);
      };
    case ",":
      return () => player?.step(-1);
    case ".":
      return () => player?.step(1);
    case "ArrowUp":
      return () => player?.setRate(RATES.find((rate) => rate > state.rate) ?? state.rate);
    case "ArrowDown":
      return () => player?.setRate(RATES.findLast((rate) => rate < state.rate) ?? state.rate);
    case "g":
      return () => {
        actions.gap(1);
      };
    case "G":
      return () => {
        actions.gap(-1);
      };
    default:
      return null;
  }
}
