/** A range that is marked on the time line; moments in milliseconds. */
import type { Segment } from "../api/types";
import type { Span } from "../playback/spans";
import { SECOND } from "../time/zone";

/** A mark that is not set is null; an end always lies behind a begin. */
export interface Marks {
  begin: number | null;
  end: number | null;
}

export const NO_MARKS: Marks = { begin: null, end: null };

/** A begin behind the end takes that away, as somebody begins anew. */
export function withBegin(marks: Marks, begin: number): Marks {
  return { begin, end: marks.end !== null && marks.end > begin ? marks.end : null };
}

export function withEnd(marks: Marks, end: number): Marks {
  return { begin: marks.begin !== null && marks.begin < end ? marks.begin : null, end };
}

export function markedSpan({ begin, end }: Marks): Span | null {
  return begin === null || end === null ? null : { start: begin, end };
}

/** Where a mark may be drawn to: no nearer than a second to the other one. */
export function drawnBegin(marks: Marks, moment: number): Marks {
  return { ...marks, begin: marks.end === null ? moment : Math.min(moment, marks.end - SECOND) };
}

export function drawnEnd(marks: Marks, moment: number): Marks {
  return { ...marks, end: marks.begin === null ? moment : Math.max(moment, marks.begin + SECOND) };
}

/** Bytes of segments that lie in a span: all of them in proportion, of the last one what is there so far. */
export function bytesWithin(segments: readonly Segment[], span: Span): number {
  return segments.reduce((total, { start, end, bytes }) => {
    const [from, to] = [Date.parse(start), Date.parse(end)];
    const within = Math.min(to, span.end) - Math.max(from, span.start);
    return total + (within > 0 ? (bytes * within) / (to - from) : 0);
  }, 0);
}
