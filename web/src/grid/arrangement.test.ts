import { describe, expect, test } from "vitest";

import { besides, columnsOf, exchanged, pagesOf, replaced, tidied } from "./arrangement";

const FIVE = ["a", "b", "c", "d", "e"];

test("all fit on one page, as square as can be, up to six columns", () => {
  const columns = (count: number) => columnsOf({ size: 0, tiles: FIVE.concat(Array(40).fill("x")).slice(0, count) });
  expect([0, 1, 2, 4, 5, 9, 10, 36, 45].map(columns)).toEqual([1, 1, 2, 2, 3, 3, 4, 6, 6]);
  expect(pagesOf({ size: 0, tiles: FIVE })).toEqual([FIVE]);
});

test("pages of a fixed size are full of places", () => {
  expect(pagesOf({ size: 2, tiles: FIVE })).toEqual([
    ["a", "b", "c", "d"],
    ["e", null, null, null],
  ]);
  expect(pagesOf({ size: 1, tiles: [] })).toEqual([[null]]);
});

test("pictures change places, also with an empty one", () => {
  expect(exchanged(FIVE, 0, 4)).toEqual(["e", "b", "c", "d", "a"]);
  expect(exchanged(["a"], 0, 3)).toEqual([null, null, null, "a"]);
  expect(replaced(["a"], 2, "z")).toEqual(["a", null, "z"]);
});

test("what is saved has no empty places that say nothing", () => {
  expect(tidied({ size: 2, tiles: [null, "a", null, null] })).toEqual({ size: 2, tiles: [null, "a"] });
  expect(tidied({ size: 0, tiles: [null, "a", null, "b"] })).toEqual({ size: 0, tiles: ["a", "b"] });
});

describe("arrow keys", () => {
  test.each([
    [4, "ArrowLeft", 3],
    [3, "ArrowLeft", null],
    [4, "ArrowRight", 5],
    [5, "ArrowRight", null],
    [4, "ArrowUp", 1],
    [1, "ArrowUp", null],
    [4, "ArrowDown", 7],
    [7, "ArrowDown", null],
    [4, "Enter", null],
  ])("from place %d with %s", (place, key, expected) => {
    expect(besides(place, key, 3, 9)).toBe(expected);
  });
});
