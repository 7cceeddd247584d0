import { expect, test } from "vitest";

import { pathOf } from "./Plot";

test("what is not known interrupts the line, and so does a time of which nothing was told", () => {
  const points = [
    { time: 0, value: 10 },
    { time: 1000, value: 5 },
    { time: 2000, value: null },
    { time: 3000, value: 0 },
    { time: 9000, value: 10 },
    { time: 10_000, value: 10 },
  ];
  expect(pathOf(points, 0, 10_000, 10)).toBe("M0.0 0.0L30.0 36.0M90.0 72.0M270.0 0.0L300.0 0.0");
});
