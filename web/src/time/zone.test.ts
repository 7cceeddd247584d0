import { describe, expect, test } from "vitest";

import { clockOf, dateOf, dayBounds, HOUR, isKnownZone, momentOn, shiftDate } from "./zone";

const at = (text: string) => Date.parse(text);

describe("days", () => {
  test.each([
    ["2026-11-21", "UTC", 24],
    ["2026-11-21", "Asia/Seoul", 24],
    ["2026-03-29", "Europe/Berlin", 23],
    ["2026-10-25", "Europe/Berlin", 25],
  ])("%s in %s has %d hours", (date, zone, hours) => {
    const { start, end } = dayBounds(date, zone);
    expect((end - start) / HOUR).toBe(hours);
    expect(dateOf(start, zone)).toBe(date);
    expect(dateOf(start - 1, zone)).toBe(shiftDate(date, -1));
    expect(clockOf(start, zone)).toBe("00:00:00");
  });

  test("a day that begins at one, as the clocks are changed at midnight", () => {
    const { start } = dayBounds("2026-09-06", "America/Santiago");
    expect(clockOf(start, "America/Santiago")).toBe("01:00:00");
  });
});

describe("moments", () => {
  test("a clock time that comes twice is the first", () => {
    expect(momentOn("2026-10-25", "02:30", "Europe/Berlin")).toBe(at("2026-10-25T00:30:00Z"));
  });
  test("a clock time that is left out is as much later", () => {
    expect(clockOf(momentOn("2026-03-29", "02:30", "Europe/Berlin"), "Europe/Berlin")).toBe("03:30:00");
  });
  test("seconds count", () => {
    expect(momentOn("2026-11-21", "10:02:24", "Asia/Seoul")).toBe(at("2026-11-21T01:02:24Z"));
  });
});

test("a zone that the browser does not know", () => {
  expect(isKnownZone("Asia/Seoul")).toBe(true);
  expect(isKnownZone("Mars/Olympus")).toBe(false);
});
