import { describe, expect, test } from "vitest";

import { changesOf, keyText, patched, patchOf, rebased, valueAt, withValue } from "./draft";

const BASE = {
  recording: { segment_s: 30 },
  storage: { volumes: [{ path: "/a" }, { path: "/b" }] },
  cameras: [
    { id: "yard", main: { url: "rtsp://1/" } },
    { id: "gate", main: { url: "rtsp://2/" } },
  ],
};

test("a path is written as the server does", () => {
  expect(keyText(["cameras", 0, "main", "url"])).toBe("cameras[0].main.url");
});

describe("values", () => {
  test("are set where nothing is yet, and sections that become empty go", () => {
    const changed = withValue(BASE, ["api", "tls", "enabled"], true);
    expect(valueAt(changed, ["api", "tls", "enabled"])).toBe(true);
    expect(withValue(changed, ["api", "tls", "enabled"], undefined)).toEqual(BASE);
  });

  test("of lists are set, and entries go", () => {
    expect(valueAt(withValue(BASE, ["storage", "volumes", 1, "path"], "/c"), ["storage", "volumes"])).toEqual([
      { path: "/a" },
      { path: "/c" },
    ]);
    expect(valueAt(withValue(BASE, ["storage", "volumes", 0], undefined), ["storage", "volumes"])).toEqual([{ path: "/b" }]);
  });
});

describe("a patch", () => {
  const after = {
    storage: { volumes: [{ path: "/a" }] },
    cameras: [
      { id: "gate", name: "Gate", main: { url: "rtsp://2/" } },
      { id: "till", main: { url: "rtsp://3/" } },
    ],
    log: { level: "debug" },
  };

  test("says what changed, cameras by id, and no more", () => {
    expect(patchOf(BASE, after)).toEqual({
      recording: null,
      storage: { volumes: [{ path: "/a" }] },
      cameras: { yard: null, gate: { name: "Gate" }, till: { id: "till", main: { url: "rtsp://3/" } } },
      log: { level: "debug" },
    });
    expect(patchOf(BASE, BASE)).toEqual({});
  });

  test("applied gives what was wanted", () => {
    expect(patched(BASE, patchOf(BASE, after))).toEqual(after);
  });
});

test("changes are told one by one", () => {
  const after = patched(BASE, { recording: { segment_s: 60 }, cameras: { gate: { name: "Gate" } }, log: { level: "debug" } });
  expect(changesOf(BASE, after).map(({ path }) => keyText(path))).toEqual(["recording.segment_s", "cameras[1].name", "log.level"]);
});

describe("what was wanted while somebody else changed the file", () => {
  const mine = patched(BASE, { recording: { segment_s: 60 }, cameras: { gate: { name: "Gate" } } }) as typeof BASE;

  test("stays, and so does what the other one did elsewhere", () => {
    const theirs = patched(BASE, { cameras: { yard: { name: "Yard" } }, log: { level: "debug" } }) as typeof BASE;
    const { draft, conflicts } = rebased(BASE, mine, theirs);
    expect(conflicts).toEqual([]);
    expect(patchOf(theirs, draft)).toEqual({ recording: { segment_s: 60 }, cameras: { gate: { name: "Gate" } } });
    expect(valueAt(draft, ["cameras", 0, "name"])).toBe("Yard");
  });

  test("is told where both changed the same", () => {
    const theirs = patched(BASE, { recording: { segment_s: 90 } }) as typeof BASE;
    const { draft, conflicts } = rebased(BASE, mine, theirs);
    expect(conflicts).toEqual([{ path: ["recording", "segment_s"], before: 30, after: 90 }]);
    expect(valueAt(draft, ["recording", "segment_s"])).toBe(60);
  });

  test("is no conflict where both wanted the same", () => {
    const theirs = patched(BASE, { recording: { segment_s: 60 } }) as typeof BASE;
    expect(rebased(BASE, mine, theirs).conflicts).toEqual([]);
  });
});
