/** What part of time a time line shows, and where on it a moment lies. Moments in milliseconds, places in pixels. */
import { clockOf, DAY, HOUR, MINUTE, SECOND } from "../time/zone";

export interface Scale {
  start: number;
  end: number;
  width: number;
}

const NARROWEST = 2 * MINUTE;
const TICK_ROOM = 76;
const TICKS = [
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
];

export function placeOf(scale: Scale, moment: number): number {
  return ((moment - scale.start) / (scale.end - scale.start)) * scale.width;
}

export function momentAt(scale: Scale, place: number): number {
  return scale.start + (place / scale.width) * (scale.end - scale.start);
}

/** The same part, so many times as long, with `fixed` where it was; within the day. */
export function zoomed(scale: Scale, factor: number, fixed: number, day: { start: number; end: number }): Scale {
  const length = Math.min(day.end - day.start, Math.max(NARROWEST, (scale.end - scale.start) * factor));
  const share = (fixed - scale.start) / (scale.end - scale.start);
  return within({ ...scale, start: fixed - share * length, end: fixed + (1 - share) * length }, day);
}

/** The same part, later by so much; within the day. */
export function moved(scale: Scale, by: number, day: { start: number; end: number }): Scale {
  return within({ ...scale, start: scale.start + by, end: scale.end + by }, day);
}

function within(scale: Scale, day: { start: number; end: number }): Scale {
  const length = Math.min(scale.end - scale.start, day.end - day.start);
  const start = Math.min(Math.max(scale.start, day.start), day.end - length);
  return { ...scale, start, end: start + length };
}

/** Moments to name on the time line, as clocks of the zone show them. */
export function ticksOf(scale: Scale, day: { start: number; end: number }, zone: string): { at: number; text: string }[] {
  const most = Math.max(1, Math.floor(scale.width / TICK_ROOM));
  const length = scale.end - scale.start;
  const step = TICKS.find((one) => length / one <= most) ?? DAY;
  const ticks: { at: number; text: string }[] = [];
  const first = Math.ceil((scale.start - day.start) / step);
  for (let index = first; day.start + index * step <= scale.end; index += 1) {
    const at = day.start + index * step;
    const clock = clockOf(at, zone);
    ticks.push({ at, text: step < MINUTE ? clock : clock.slice(0, 5) });
  }
  return ticks;
}
