import { expect, test } from "vitest";

import type { LogLine } from "../api/types";
import { cutAt, textOf, withNews } from "./lines";

function line(second: number, message = `${second}`): LogLine {
  const time = `2026-11-21T10:00:${second.toString().padStart(2, "0")}.000Z`;
  return { time, level: "info", process: "supervisor", source: "gstnvr", camera: null, message };
}

function known(...pages: number[][]) {
  return {
    pages: pages.map((seconds) => ({ lines: seconds.map((second) => line(second)), next: "older" })),
    pageParams: pages.map(() => null),
  };
}

function messages({ pages }: ReturnType<typeof withNews>): string[][] {
  return pages.map(({ lines }) => lines.map(({ message }) => message));
}

test("what is new stands in front, and what came late in its place", () => {
  const news = [line(9), line(8), line(7, "late"), line(7), line(6)];
  const found = withNews(known([8, 7, 6, 5], [4, 3]), news, line(6).time);
  expect(messages(found)).toEqual([["9", "8", "late", "7", "6", "5"], ["4", "3"]]);
  expect(found.pages.map(({ next }) => next)).toEqual(["older", "older"]);
});

test("a quiet log is replaced over several pages", () => {
  const found = withNews(known([8], [7, 5]), [line(9), line(8), line(7)], line(6).time);
  expect(messages(found)).toEqual([["9", "8", "7"], ["5"]]);
});

test("a line is copied as it stands in the file", () => {
  expect(textOf({ ...line(3, "no answer"), level: "warning", camera: "yard/main" })).toBe(
    "2026-11-21T10:00:03.000Z WARNING supervisor gstnvr yard/main: no answer",
  );
});

test("what was searched for is found in whatever case, and signs mean themselves", () => {
  expect(cutAt("Camera refuses: camera.", "camera")).toEqual(["", "Camera", " refuses: ", "camera", "."]);
  expect(cutAt("a.b (c)", "(c)")).toEqual(["a.b ", "(c)", ""]);
  expect(cutAt("as it is", "")).toEqual(["as it is"]);
});
