import { describe, expect, test } from "vitest";

import { apart, camerasIn, freeId } from "./cameras";

test("ids are made of names, and nobody else's", () => {
  expect(freeId("Front door!", [])).toBe("front-door");
  expect(freeId("Front door", ["front-door", "front-door-2"])).toBe("front-door-3");
  expect(freeId("정문", [])).toBe("camera");
});

describe("an address", () => {
  test.each([
    ["rtsp://kim:p%40ss@192.0.2.1:554/live", "rtsp://192.0.2.1:554/live", "kim", "p@ss"],
    ["rtsp://kim:a:b@192.0.2.1/", "rtsp://192.0.2.1/", "kim", "a:b"],
    ["rtsp://kim:100%@192.0.2.1/", "rtsp://192.0.2.1/", "kim", "100%"],
    [" rtsp://192.0.2.1/live?a=b@c ", "rtsp://192.0.2.1/live?a=b@c", "", ""],
  ])("%s has its login beside it", (text, url, username, password) => {
    expect(apart(text)).toEqual({ url, username, password });
  });
});

test("cameras are listed with what they go by", () => {
  const file = { cameras: [{ id: "yard", main: { url: "rtsp://1/" } }, { id: "gate", name: "Gate", enabled: false, main: {} }] };
  expect(camerasIn(file)).toEqual([
    { id: "yard", name: "yard", url: "rtsp://1/", enabled: true },
    { id: "gate", name: "Gate", url: "", enabled: false },
  ]);
  expect(camerasIn({})).toEqual([]);
});
