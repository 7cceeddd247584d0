import { expect, test } from "vitest";

import { dayBounds, HOUR, MINUTE } from "../time/zone";
import { momentAt, moved, placeOf, ticksOf, zoomed } from "./scale";

const day = dayBounds("2026-11-21", "Asia/Seoul");
const scale = { ...day, width: 960 };

test("place and moment are each other's opposite", () => {
  expect(placeOf(scale, day.start + 6 * HOUR)).toBe(240);
  expect(momentAt(scale, 240)).toBe(day.start + 6 * HOUR);
});

test("zooming leaves the moment under the pointer where it is", () => {
  const fixed = day.start + 6 * HOUR;
  const near = zoomed(scale, 0.25, fixed, day);
  expect(near.end - near.start).toBe(6 * HOUR);
  expect(placeOf(near, fixed)).toBeCloseTo(240);
});

test("nothing leads out of the day, or too near", () => {
  expect(moved(zoomed(scale, 0.5, day.start, day), -HOUR, day).start).toBe(day.start);
  expect(zoomed(scale, 4, day.start, day)).toEqual(scale);
  const nearest = zoomed(scale, 0.000_001, day.end, day);
  expect(nearest.end - nearest.start).toBe(2 * MINUTE);
});

test("ticks are whole hours of the zone, and as many as there is room for", () => {
  expect(ticksOf(scale, day, "Asia/Seoul").map((tick) => tick.text)).toEqual(
    ["00:00", "02:00", "04:00", "06:00", "08:00", "10:00", "12:00", "14:00", "16:00", "18:00", "20:00", "22:00", "00:00"],
  );
  const narrow = zoomed({ ...scale, width: 240 }, 1 / 24, day.start, day);
  expect(ticksOf(narrow, day, "Asia/Seoul").map((tick) => tick.text)).toEqual(["00:00", "00:30", "01:00"]);
});
