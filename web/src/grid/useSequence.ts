import { useEffect, useRef, useState } from "react";

/** For so long a sequence waits after somebody touched anything. */
const PAUSE_MS = 15_000;
const LOOK_EVERY_MS = 250;
const TOUCHED = ["pointerdown", "pointermove", "wheel", "keydown"] as const;

/**
 * Calls `next` every so many seconds while the page is seen; not while somebody uses pointer or keyboard, and for a
 * while after. Whether it waits for that.
 */
export function useSequence(everyS: number, enabled: boolean, next: () => void): boolean {
  const [paused, setPaused] = useState(false);
  const latest = useRef(next);
  useEffect(() => {
    latest.current = next;
  });
  useEffect(() => {
    if (!enabled) return;
    let due = performance.now() + everyS * 1000;
    let pausedUntil = 0;
    const touch = () => {
      pausedUntil = performance.now() + PAUSE_MS;
      setPaused(true);
    };
    const look = () => {
      const now = performance.now();
      const waits = now < pausedUntil;
      setPaused(waits);
      if (waits || document.hidden) due = Math.max(due, now + LOOK_EVERY_MS);
      else if (now >= due) {
        due = now + everyS * 1000;
        latest.current();
      }
    };
    const timer = window.setInterval(look, LOOK_EVERY_MS);
    for (const kind of TOUCHED) document.addEventListener(kind, touch, { passive: true });
    return () => {
      window.clearInterval(timer);
      for (const kind of TOUCHED) document.removeEventListener(kind, touch);
      setPaused(false);
    };
  }, [everyS, enabled]);
  return paused;
}
