import { expect, test } from "vitest";

import { bytesText, durationText, percentText } from "./amounts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [999_600, "1.0 MB"],
  [1_500_000_000, "1.5 GB"],
  [270_000_000_000, "270 GB"],
])("%d bytes", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test.each([
  [0.42, "0.4 s", "0.4초"],
  [59.6, "1 min", "1분"],
  [125, "2 min 5 s", "2분 5초"],
  [3600, "1 h", "1시간"],
  [86_400 * 2 + 3600 * 5, "2 d 5 h", "2일 5시간"],
])("%d seconds", (seconds, english, korean) => {
  expect(durationText(seconds, "en")).toBe(english);
  expect(durationText(seconds, "ko")).toBe(korean);
});

test("nothing missing is the only 100 %", () => {
  expect(percentText(1)).toBe("100 %");
  expect(percentText(0.999_999)).toBe("99.99 %");
  expect(percentText(0.5)).toBe("50 %");
});
