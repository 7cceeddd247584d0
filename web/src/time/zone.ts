/** Days and clock times of a time zone; moments are milliseconds of UTC. */

export interface WallTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether this browser knows a time zone of this name. */
export function isKnownZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function wallTime(moment: number, zone: string): WallTime {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(moment)
      .map((part) => [part.type, Number(part.value)]),
  );
  return {
    year: parts.year ?? 0,
    month: parts.month ?? 0,
    day: parts.day ?? 0,
    hour: parts.hour ?? 0,
    minute: parts.minute ?? 0,
    second: parts.second ?? 0,
  };
}

/**
 * The moment at which clocks of a zone show this. Where they are set forward over it, as much later; where
 * they show it twice, the first time.
 */
export function momentOf(wall: WallTime, zone: string): number {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  const before = asUtc - offsetAt(asUtc - DAY, zone);
  if (before + offsetAt(before, zone) === asUtc) return before;
  const after = asUtc - offsetAt(asUtc + DAY, zone);
  return after + offsetAt(after, zone) === asUtc ? after : before;
}

function offsetAt(moment: number, zone: string): number {
  const wall = wallTime(moment, zone);
  const shown = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second);
  return shown - Math.floor(moment / SECOND) * SECOND;
}

/** `2026-11-21` of a moment. */
export function dateOf(moment: number, zone: string): string {
  const wall = wallTime(moment, zone);
  return `${wall.year.toString().padStart(4, "0")}-${two(wall.month)}-${two(wall.day)}`;
}

/** `10:02:24` of a moment. */
export function clockOf(moment: number, zone: string): string {
  const wall = wallTime(moment, zone);
  return `${two(wall.hour)}:${two(wall.minute)}:${two(wall.second)}`;
}

/** First moment of a day, and the first after it: 23 to 25 hours later where clocks are changed. */
export function dayBounds(date: string, zone: string): { start: number; end: number } {
  return { start: startOfDay(date, zone), end: startOfDay(shiftDate(date, 1), zone) };
}

/** The moment at which a day shows `10:02` or `10:02:24`. */
export function momentOn(date: string, clock: string, zone: string): number {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const [hour = 0, minute = 0, second = 0] = clock.split(":").map(Number);
  return momentOf({ year, month, day, hour, minute, second }, zone);
}

function startOfDay(date: string, zone: string): number {
  return momentOn(date, "00:00:00", zone);
}

export function shiftDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function two(value: number): string {
  return value.toString().padStart(2, "0");
}
