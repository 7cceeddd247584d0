/** Names by which browsers know what is in a track (RFC 6381). */
import { boxWithin, type Box, kindAt, viewOf } from "./boxes";

const VISUAL_FIELDS = 78;
const AUDIO_FIELDS = 28;

/** Codec of a sample entry such as `avc1.64001f`; null if browsers know none. */
export function codecOf(bytes: Uint8Array, entry: Box): string | null {
  switch (entry.kind) {
    case "avc1":
    case "avc3":
      return avc(bytes, entry);
    case "hvc1":
    case "hev1":
      return hevc(bytes, entry);
    case "mp4a":
      return aac(bytes, entry);
    case "Opus":
      return "opus";
    default:
      return null;
  }
}

function inner(entry: Box, fields: number): Box {
  return { ...entry, content: entry.content + fields };
}

function avc(bytes: Uint8Array, entry: Box): string | null {
  const config = boxWithin(bytes, inner(entry, VISUAL_FIELDS), "avcC");
  if (config === null) return null;
  return `${entry.kind}.${hex(bytes.subarray(config.content + 1, config.content + 4))}`;
}

function hevc(bytes: Uint8Array, entry: Box): string | null {
  const config = boxWithin(bytes, inner(entry, VISUAL_FIELDS), "hvcC");
  if (config === null) return null;
  const view = viewOf(bytes);
  const general = view.getUint8(config.content + 1);
  const space = ["", "A", "B", "C"][general >> 6] ?? "";
  const tier = (general & 0x20) === 0 ? "L" : "H";
  const compatibility = reversedBits(view.getUint32(config.content + 2)).toString(16).toUpperCase();
  const constraints = [...bytes.subarray(config.content + 6, config.content + 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  const level = view.getUint8(config.content + 12);
  const parts = [entry.kind, `${space}${general & 0x1f}`, compatibility, `${tier}${level}`];
  return [...parts, ...constraints.map((byte) => byte.toString(16).toUpperCase())].join(".");
}

/** Of AAC; what else `mp4a` may hold is in no camera. */
function aac(bytes: Uint8Array, entry: Box): string | null {
  const descriptor = boxWithin(bytes, inner(entry, AUDIO_FIELDS), "esds");
  if (descriptor === null) return null;
  let at = descriptor.content + 4;
  const tagged = (tag: number): number | null => {
    if (bytes[at] !== tag) return null;
    at += 1;
    while (((bytes[at] ?? 0) & 0x80) !== 0) at += 1;
    at += 1;
    return at;
  };
  if (tagged(3) === null) return null;
  at += 3;
  const decoder = tagged(4);
  if (decoder === null) return null;
  at += 13;
  const specific = tagged(5);
  const kind = specific === null ? 2 : (bytes[specific] ?? 0) >> 3;
  return `mp4a.${(bytes[decoder] ?? 0).toString(16)}.${kind}`;
}

function reversedBits(value: number): number {
  let result = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((value & (1 << bit)) !== 0) result |= 1 << (31 - bit);
  return result >>> 0;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What people call a codec: `H.265` of the sample entry `hvc1`, or of the API's `h265`. */
export function codecName(codec: string): string {
  const names: Record<string, string> = {
    h264: "H.264",
    h265: "H.265",
    mjpeg: "Motion JPEG",
    aac: "AAC",
    opus: "Opus",
    pcma: "G.711 A-law",
    pcmu: "G.711 µ-law",
    avc1: "H.264",
    avc3: "H.264",
    hvc1: "H.265",
    hev1: "H.265",
    mp4a: "AAC",
    Opus: "Opus",
    alaw: "G.711",
    ulaw: "G.711",
    jpeg: "Motion JPEG",
    mjpg: "Motion JPEG",
  };
  return names[codec] ?? codec.trim();
}

/** Kind of the first sample entry of a description of samples. */
export function entryOf(bytes: Uint8Array, description: Box): Box | null {
  const at = description.content + 8;
  if (at + 8 > description.end) return null;
  const size = viewOf(bytes).getUint32(at);
  return { kind: kindAt(bytes, at + 4), start: at, end: at + size, content: at + 8 };
}
