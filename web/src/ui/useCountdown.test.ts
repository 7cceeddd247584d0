import { expect, test } from "vitest";

import { secondsLeft } from "./useCountdown";

const now = "2026-11-21T10:00:00.000Z";

test.each([
  ["2026-11-21T10:00:12.000Z", 0, 12],
  ["2026-11-21T10:00:12.000Z", 400, 12],
  ["2026-11-21T10:00:12.000Z", 1000, 11],
  ["2026-11-21T10:00:00.300Z", 500, 0],
  ["2026-11-21T09:59:00.000Z", 0, 0],
])("until %s, %i ms later", (moment, passed, left) => {
  expect(secondsLeft(moment, now, passed)).toBe(left);
});
