import { expect, test } from "vitest";

import type { Gap, Incident } from "../api/types";
import { besidesEvent, type DayContent, LEAD_MS } from "./spans";

function gap(start: number, end: number, facts: Partial<Gap> = {}) {
  return { start, end, gap: { planned: false, ongoing: false, ...facts } as Gap };
}

function content(gaps: DayContent["gaps"], ...incidents: number[]): DayContent {
  return {
    recordings: [],
    gaps,
    incidents: incidents.map((start) => ({ start, end: start + 1000, incident: {} as Incident })),
  };
}

test("the next event is the nearest gap that ends or incident that begins, of any camera", () => {
  const contents = [
    content([gap(100_000, 130_000), gap(200_000, 250_000, { planned: true })], 300_000),
    content([gap(900_000, 950_000, { ongoing: true })], 160_000),
  ];
  const passed: (number | null)[] = [];
  for (let at: number | null = 0; at !== null; passed.push(at)) at = besidesEvent(contents, at, 1);
  expect(passed).toEqual([130_000, 160_000 - LEAD_MS, 300_000 - LEAD_MS, null]);
  expect(besidesEvent(contents, 300_000, -1)).toBe(300_000 - LEAD_MS);
  expect(besidesEvent(contents, 300_000 - LEAD_MS, -1)).toBe(160_000 - LEAD_MS);
  expect(besidesEvent(contents, 130_000, -1)).toBeNull();
});
