import { describe, expect, test } from "vitest";

import { FrameTimes } from "./frames";
import { indexSize, readFragment, readIndex, readInit, type Track, withoutLength, withoutTrack } from "./mp4";
import { Pending } from "./segments";

type Bytes = Uint8Array<ArrayBuffer>;

function joined(...parts: (Bytes | number[])[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function u32(...values: number[]): number[] {
  return values.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

function text(kind: string): number[] {
  return [...kind].map((letter) => letter.charCodeAt(0));
}

function box(kind: string, ...content: (Bytes | number[])[]): Bytes {
  const inner = joined(...content);
  return joined(u32(inner.length + 8), text(kind), inner);
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

function trak(id: number, handler: string, timescale: number, entry: Bytes): Bytes {
  return box(
    "trak",
    box("tkhd", zeros(12), u32(id), zeros(60)),
    box(
      "mdia",
      box("mdhd", zeros(12), u32(timescale, 0), zeros(4)),
      box("hdlr", zeros(8), text(handler), zeros(12)),
      box("minf", box("stbl", box("stsd", u32(0, 1), entry))),
    ),
  );
}

const AVC1 = box("avc1", zeros(78), box("avcC", [1, 0x64, 0x00, 0x1f, 255]));
const MP4A = box("mp4a", zeros(28), box("esds", u32(0), [3, 25, 0, 1, 0, 4, 17, 0x40, 0x15], zeros(11), [5, 2, 0x12, 0x10]));
const ALAW = box("alaw", zeros(28));

function fileStart(sound: Bytes): Bytes {
  const extend = (id: number) => box("trex", u32(0, id, 1, 0, 0, 0));
  const tracks = joined(trak(1, "vide", 10_000, AVC1), trak(2, "soun", 8000, sound));
  return joined(box("ftyp", text("isom")), box("moov", tracks, box("mvex", extend(1), extend(2))));
}

/** Samples of 400 ticks; the delays are from decoding to showing. */
function fragment(track: number, decode: number, key: boolean, delays: number[]): Bytes {
  const rows = delays.flatMap((delay, index) => u32(400, 1, index === 0 && key ? 0 : 0x1_0000, delay));
  const run = box("trun", u32(0xf01, delays.length, 0), rows);
  const moof = box("moof", box("traf", box("tfhd", u32(0, track)), box("tfdt", u32(0, decode)), run));
  return joined(moof, box("mdat", zeros(delays.length)));
}

describe("the beginning of a file", () => {
  test("tracks and their codecs", () => {
    const init = readInit(joined(fileStart(MP4A), fragment(1, 0, true, [0])));
    expect(init?.bytes.length).toBe(fileStart(MP4A).length);
    expect(init?.tracks).toEqual([
      { id: 1, kind: "video", codec: "avc1.64001f", name: "H.264", timescale: 10_000 },
      { id: 2, kind: "audio", codec: "mp4a.40.2", name: "AAC", timescale: 8000 },
    ]);
  });

  test("as long as it is not whole there is none", () => {
    expect(readInit(fileStart(MP4A).slice(0, -1))).toBeNull();
  });

  test("sound that no browser plays is left out without moving anything", () => {
    const init = readInit(fileStart(ALAW));
    if (init === null) throw new Error("no init");
    const silent = withoutTrack(init, 2);
    expect(silent.bytes.length).toBe(init.bytes.length);
    expect(silent.tracks.map((track) => track.kind)).toEqual(["video"]);
    expect(readInit(silent.bytes)?.tracks.map((track) => track.id)).toEqual([1]);
  });

  test("its length is left out without moving anything", () => {
    const length = box("mehd", u32(0, 60_000));
    const moov = box("moov", trak(1, "vide", 10_000, AVC1), box("mvex", length, box("trex", u32(0, 1, 1, 0, 0, 0))));
    const init = readInit(joined(box("ftyp", text("isom")), moov));
    if (init === null) throw new Error("no init");
    const at = String.fromCharCode(...init.bytes).indexOf("mehd");
    const endless = withoutLength(init);
    expect(String.fromCharCode(...endless.bytes.subarray(at, at + 4))).toBe("free");
    expect(endless.bytes.filter((byte, index) => byte !== init.bytes[index]).length).toBe(4);
    expect(readInit(endless.bytes)?.tracks).toEqual(init.tracks);
  });
});

describe("fragments", () => {
  const tracks: Track[] = [{ id: 1, kind: "video", codec: "avc1.64001f", name: "H.264", timescale: 10_000 }];

  test("when each picture is shown, whatever the order of decoding", () => {
    const found = readFragment(fragment(1, 10_000, true, [400, 1200, 0]), tracks);
    expect(found?.times).toEqual([1.04, 1.08, 1.16]);
    expect(found?.end).toBeCloseTo(1.12);
    expect(found?.key).toBe(true);
  });

  test("one that needs what came before, and one of a track that was left out", () => {
    expect(readFragment(fragment(1, 0, false, [0]), tracks)?.key).toBe(false);
    expect(readFragment(fragment(2, 0, true, [0]), tracks)).toBeNull();
  });

  test("come out whole, however the network cuts them", () => {
    const sent = joined(fragment(1, 0, true, [0, 0]), fragment(1, 800, false, [0]), box("mfra", zeros(9)));
    for (const size of [1, 7, 64, 1000]) {
      const pending = new Pending();
      const taken: Bytes[] = [];
      for (let at = 0; at < sent.length; at += size) {
        pending.add(sent.slice(at, at + size));
        for (let one = pending.take(); one !== null; one = pending.take()) taken.push(one);
      }
      expect(taken.length).toBe(3);
      expect(joined(...taken)).toEqual(sent);
    }
  });
});

test("the index at the end says where key pictures are", () => {
  const entries = [[5000, 831], [15_000, 2000], [25_000, 3000]].flatMap(([time = 0, at = 0]) => [...u32(time, at), 1, 1, 1]);
  const table = box("tfra", u32(0, 1, 0, 3), entries);
  const size = 8 + table.length + 16;
  const tail = joined(zeros(5), box("mfra", table, box("mfro", u32(0, size))));
  const track: Track = { id: 1, kind: "video", codec: null, name: "", timescale: 10_000 };
  expect(indexSize(tail)).toBe(size);
  expect(readIndex(tail, track)).toEqual([
    { time: 0, offset: 831 },
    { time: 1, offset: 2000 },
    { time: 2, offset: 3000 },
  ]);
  expect(readIndex(tail, { ...track, id: 2 })).toEqual([]);
  expect(indexSize(joined(tail, [0]))).toBe(0);
});

test("from one picture to the next, at an uneven pace", () => {
  const frames = new FrameTimes();
  frames.add([0, 0.1, 0.2]);
  frames.add([0.5, 0.6]);
  expect(frames.at(0.25)).toBe(0.2);
  expect(frames.besides(0.2, 1)).toBeCloseTo(0.55);
  expect(frames.besides(0.52, -1)).toBeCloseTo(0.25);
  frames.add([3]);
  expect(frames.besides(0.5, 1), "the last one before a gap").toBeCloseTo(0.65);
  expect(frames.besides(0, -1)).toBeNull();
  expect(frames.besides(3, 1)).toBeNull();
  expect(frames.lengthAt(0.25)).toBeCloseTo(0.1);
  expect(frames.lengthAt(-1)).toBeNull();
});
