/** Sizes, rates and lengths of time as people read them. */
import type { Language } from "./languages";

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

const TIME_UNITS: Record<Language, { d: string; h: string; min: string; s: string }> = {
  en: { d: " d", h: " h", min: " min", s: " s" },
  ko: { d: "일", h: "시간", min: "분", s: "초" },
};

/** `1.5 GB`: powers of 1000, three digits. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}

/** The two largest units: `2 h 5 min`, `12 s`, `0.4 s`. */
export function durationText(seconds: number, language: Language): string {
  const units = TIME_UNITS[language];
  if (seconds < 9.95) return `${trimmed(seconds)}${units.s}`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${units.s}`;
  if (whole < 3600) return pair(Math.floor(whole / 60), units.min, whole % 60, units.s);
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), units.h, minutes % 60, units.min);
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), units.d, hours % 24, units.h);
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit} ${small}${smallUnit}`;
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

/** `99.95 %`; never 100 % unless it is all. */
export function percentText(share: number): string {
  if (share >= 1) return "100 %";
  return `${Math.min(99.99, share * 100).toFixed(share > 0.9 ? 2 : 0)} %`;
}
