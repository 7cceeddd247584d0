import { useEffect, useRef } from "react";

import { type Playback, type PlaybackState, RATES } from "./playback";

interface Actions {
  skip: (seconds: number) => void;
  gap: (direction: -1 | 1) => void;
  event: (direction: -1 | 1) => void;
}

/** Keys of the page, but where somebody types or chooses. */
export function usePlaybackKeys(playback: Playback, state: PlaybackState, actions: Actions): void {
  const latest = useRef({ playback, state, actions });
  useEffect(() => {
    latest.current = { playback, state, actions };
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
  { playback, state, actions }: { playback: Playback; state: PlaybackState; actions: Actions },
): (() => void) | null {
  const seconds = event.shiftKey ? 60 : 10;
  switch (event.key) {
    case " ":
      return () => {
        if (state.playing) playback.pause();
        else playback.play();
      };
    case "ArrowLeft":
      return () => {
        actions.skip(-seconds);
      };
    case "ArrowRight":
      return () => {
        actions.skip(seconds);
      };
    case ",":
      return () => {
        playback.step(-1);
      };
    case ".":
      return () => {
        playback.step(1);
      };
    case "ArrowUp":
      return () => {
        playback.setRate(RATES.find((rate) => rate > state.rate) ?? state.rate);
      };
    case "ArrowDown":
      return () => {
        playback.setRate(RATES.findLast((rate) => rate < state.rate) ?? state.rate);
      };
    case "g":
      return () => {
        actions.gap(1);
      };
    case "G":
      return () => {
        actions.gap(-1);
      };
    case "e":
      return () => {
        actions.event(1);
      };
    case "E":
      return () => {
        actions.event(-1);
      };
    default:
      return null;
  }
}
