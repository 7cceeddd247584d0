import type { Key } from "../i18n/languages";

const UNITS: readonly (readonly [ending: RegExp, unit: Key])[] = [
  [/_ms$/, "unit.ms"],
  [/_s$/, "unit.s"],
  [/_minutes$/, "unit.minutes"],
  [/_h$/, "unit.h"],
  [/(^|_)days$/, "unit.days"],
  [/_mbps$/, "unit.mbps"],
  [/_mb$/, "unit.mb"],
  [/_c$/, "unit.celsius"],
  [/_percent$/, "unit.percent"],
];

/** Unit of a number, as the end of its key says it. */
export function unitOf(key: string): Key | null {
  return UNITS.find(([ending]) => ending.test(key))?.[1] ?? null;
}
