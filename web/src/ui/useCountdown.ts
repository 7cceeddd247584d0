import { useEffect, useState } from "react";

const TICK_MS = 200;

/**
 * Whole seconds until a moment, counted down between the answers of the server; null: there is none.
 *
 * Both moments are of the server's clock, so that this device's need not be right.
 */
export function useCountdown(moment: string | null, now: string): number | null {
  const [passed, setPassed] = useState({ since: now, ms: 0 });
  useEffect(() => {
    if (moment === null) return;
    const begun = performance.now();
    const timer = setInterval(() => {
      setPassed({ since: now, ms: performance.now() - begun });
    }, TICK_MS);
    return () => {
      clearInterval(timer);
    };
  }, [moment, now]);
  if (moment === null) return null;
  return secondsLeft(moment, now, passed.since === now ? passed.ms : 0);
}

export function secondsLeft(moment: string, now: string, passedMs: number): number {
  return Math.max(0, Math.ceil((Date.parse(moment) - Date.parse(now) - passedMs) / 1000));
}
