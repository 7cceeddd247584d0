import { describe, expect, test } from "vitest";

import type { Segment } from "../api/types";
import { bytesWithin, drawnBegin, drawnEnd, markedSpan, NO_MARKS, withBegin, withEnd } from "./range";

describe("marks", () => {
  test("two make a span", () => {
    expect(markedSpan(withBegin(NO_MARKS, 1000))).toBeNull();
    expect(markedSpan(withEnd(withBegin(NO_MARKS, 1000), 5000))).toEqual({ start: 1000, end: 5000 });
  });

  test("one on the wrong side of the other takes it away", () => {
    expect(withBegin({ begin: 1000, end: 5000 }, 6000)).toEqual({ begin: 6000, end: null });
    expect(withEnd({ begin: 1000, end: 5000 }, 500)).toEqual({ begin: null, end: 500 });
  });

  test("one that is drawn stops a second before the other", () => {
    expect(drawnBegin({ begin: 1000, end: 5000 }, 9000)).toEqual({ begin: 4000, end: 5000 });
    expect(drawnEnd({ begin: 1000, end: 5000 }, 0)).toEqual({ begin: 1000, end: 2000 });
  });
});

test("bytes are counted in proportion", () => {
  const segment = (start: string, end: string, bytes: number) => ({ start, end, bytes }) as Segment;
  const segments = [
    segment("2026-11-21T10:00:00Z", "2026-11-21T10:01:00Z", 600),
    segment("2026-11-21T10:01:00Z", "2026-11-21T10:02:00Z", 1200),
    segment("2026-11-21T10:05:00Z", "2026-11-21T10:06:00Z", 999),
  ];
  const span = { start: Date.parse("2026-11-21T10:00:30Z"), end: Date.parse("2026-11-21T10:01:15Z") };
  expect(bytesWithin(segments, span)).toBe(300 + 300);
});
