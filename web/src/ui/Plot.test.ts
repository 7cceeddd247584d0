import { expect, test } from "vitest";

import { pathOf } from "./Plot";

test("what is not known interrupts the line, and the newest is at the right", () => {
  expect(pathOf([2, 4, null, 4], 4, 4)).toBe("M0.0 32.0L100.0 0.0M300.0 0.0");
  expect(pathOf([4], 4, 4)).toBe("M300.0 0.0");
});
