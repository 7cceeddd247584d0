import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { dayBounds, HOUR, SECOND } from "../time/zone";
import {
  type FetchedThumbnail,
  momentsAround,
  type ShownThumbnail,
  ThumbnailLoader,
  thumbnailMoment,
} from "./thumbnails";

const day = dayBounds("2026-11-21", "Asia/Seoul");
const scale = { ...day, width: 960 };
const near = { start: day.start, end: day.start + 120 * SECOND, width: 960 };

interface Asked {
  at: number;
  signal: AbortSignal;
  answer: (found: FetchedThumbnail | null) => Promise<void>;
  fail: () => Promise<void>;
}

let made = 0;
beforeEach(() => {
  vi.stubGlobal("URL", { createObjectURL: () => `blob:${(made += 1)}`, revokeObjectURL: vi.fn() });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function loading() {
  const asked: Asked[] = [];
  const shown: (ShownThumbnail | null)[] = [];
  const clock = { now: 0 };
  const fetch = (at: number, signal: AbortSignal) =>
    new Promise<FetchedThumbnail | null>((resolve, reject) => {
      const settle = async (how: () => void) => {
        how();
        await Promise.resolve();
        await Promise.resolve();
      };
      asked.push({
        at,
        signal,
        answer: (found) => settle(() => resolve(found)),
        fail: () => settle(() => reject(new Error("refused"))),
      });
    });
  const loader = new ThumbnailLoader(fetch, (one) => shown.push(one), () => clock.now);
  const moments = () => asked.map(({ at }) => at);
  const taken = () => shown.map((one) => one?.taken ?? null);
  return { loader, asked, moments, taken, clock };
}

function picture(taken: number, settled = true): FetchedThumbnail {
  return { picture: new Blob(), taken, settled };
}

test("a few pixels share a picture, and where nothing was recorded there is none", () => {
  const recordings = [{ start: day.start + HOUR + 7, end: day.start + 2 * HOUR }];
  expect(thumbnailMoment(scale, recordings, day.start + HOUR)).toBeNull();
  expect(thumbnailMoment(scale, recordings, day.start + HOUR + SECOND)).toBe(day.start + HOUR + 8);
  const later = thumbnailMoment(scale, recordings, day.start + HOUR + 130 * SECOND);
  expect(later).toBe(day.start + HOUR + 120 * SECOND);
  expect(thumbnailMoment(near, [near], day.start + 2900)).toBe(day.start + 2000);
});

test("what lies around is what was recorded around", () => {
  const recordings = [{ start: day.start, end: day.start + 5 * SECOND }];
  const around = momentsAround(near, recordings, day.start + 4 * SECOND);
  expect(around).toEqual([3, 2].map((seconds) => day.start + seconds * SECOND));
});

test("two are asked for at once, and then the newest", async () => {
  const { loader, asked, moments, taken } = loading();
  for (const at of [1, 2, 3, 4, 5]) loader.want(at, []);
  expect(moments()).toEqual([1, 2]);
  await asked[0]?.answer(picture(1));
  expect(moments()).toEqual([1, 2, 5]);
  expect(taken()).toEqual([1]);
  await asked[2]?.answer(picture(5));
  await asked[1]?.answer(picture(2));
  expect(taken()).toEqual([1, 5]);
});

test("what is known is there at once and not asked for again", async () => {
  const { loader, asked, moments, taken } = loading();
  loader.want(1, []);
  await asked[0]?.answer(picture(1));
  loader.want(2, []);
  loader.want(1, []);
  expect(moments()).toEqual([1, 2]);
  await asked[1]?.answer(picture(2));
  expect(taken()).toEqual([1]);
});

test("neighbours are fetched once the wanted one is here, one by one, and not shown", async () => {
  const { loader, asked, moments, taken } = loading();
  loader.want(5, [6, 4]);
  expect(moments()).toEqual([5]);
  await asked[0]?.answer(picture(5));
  expect(moments()).toEqual([5, 6]);
  await asked[1]?.answer(picture(6));
  expect(moments()).toEqual([5, 6, 4]);
  expect(taken()).toEqual([5]);
});

test("requests that take long give way", async () => {
  const { loader, asked, moments, clock } = loading();
  loader.want(9, []);
  await asked[0]?.answer(picture(9));
  loader.want(1, []);
  loader.want(2, []);
  clock.now = 1000;
  loader.want(3, []);
  expect(moments()).toEqual([9, 1, 2, 3]);
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([false, true, false, false]);
});

test("the first ones may take longer", () => {
  const { loader, asked, moments, clock } = loading();
  loader.want(1, []);
  loader.want(2, []);
  clock.now = 3000;
  loader.want(3, []);
  expect(moments()).toEqual([1, 2]);
  clock.now = 7000;
  loader.want(4, []);
  expect(moments()).toEqual([1, 2, 4]);
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
});

test("what was prepared is there at once, and was not shown before", async () => {
  const { loader, asked, moments, taken } = loading();
  loader.prepare(1);
  loader.prepare(2);
  loader.stop();
  expect(asked[0]?.signal.aborted).toBe(false);
  await asked[0]?.answer(picture(1));
  expect(moments()).toEqual([1]);
  expect(taken()).toEqual([]);
  loader.want(1, []);
  expect(moments()).toEqual([1]);
  expect(taken()).toEqual([1]);
});

test("nothing is shown or fetched any more when the pointer has gone", async () => {
  const { loader, asked, moments, taken } = loading();
  loader.want(1, [2]);
  loader.stop();
  expect(asked[0]?.signal.aborted).toBe(true);
  await asked[0]?.answer(picture(1));
  expect(moments()).toEqual([1]);
  expect(taken()).toEqual([]);
});

test("a refusal is followed by a rest and not by a storm", async () => {
  const { loader, asked, moments, clock } = loading();
  loader.want(1, []);
  await asked[0]?.fail();
  loader.want(2, []);
  expect(moments()).toEqual([1]);
  clock.now = 2000;
  loader.want(3, []);
  expect(moments()).toEqual([1, 3]);
});

test("the end that grows is asked for again when one comes back to it, and only then", async () => {
  const { loader, asked, moments, taken } = loading();
  loader.want(1, []);
  await asked[0]?.answer(picture(1, false));
  loader.want(1, []);
  expect(moments()).toEqual([1]);
  loader.want(2, []);
  await asked[1]?.answer(null);
  loader.want(1, []);
  expect(moments()).toEqual([1, 2, 1]);
  expect(taken()).toEqual([1, null]);
});
