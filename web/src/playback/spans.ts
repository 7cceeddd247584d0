/** What lies on a day's time line. */
import type { Gap, Incident, Recordings } from "../api/types";

export interface Span {
  start: number;
  end: number;
}

export interface GapSpan extends Span {
  gap: Gap;
}

export interface IncidentSpan extends Span {
  incident: Incident;
}

export interface DayContent {
  recordings: readonly Span[];
  gaps: readonly GapSpan[];
  incidents: readonly IncidentSpan[];
}

export function contentOf(recordings: Recordings | undefined, incidents: readonly Incident[]): DayContent {
  return {
    recordings: (recordings?.recordings ?? []).map(({ start, end }) => spanOf(start, end)),
    gaps: (recordings?.gaps ?? []).map((gap) => ({ ...spanOf(gap.start, gap.end), gap })),
    incidents: incidents.map((incident) => ({
      ...spanOf(incident.started, incident.recovered),
      incident,
    })),
  };
}

function spanOf(start: string, end: string | null): Span {
  return { start: Date.parse(start), end: end === null ? Date.now() : Date.parse(end) };
}

export function spanAt<One extends Span>(spans: readonly One[], moment: number): One | null {
  return spans.find((span) => span.start <= moment && moment < span.end) ?? null;
}

/** Unplanned gaps are what somebody looks for: where recording goes on after the next, or ended before the last. */
export function besidesGap(content: DayContent, moment: number, direction: -1 | 1): number | null {
  const gaps = content.gaps.filter(({ gap }) => !gap.planned);
  if (direction === 1) return gaps.find(({ end, gap }) => end > moment && !gap.ongoing)?.end ?? null;
  const before = gaps.filter(({ start }) => start - LEAD_MS < moment - 1000);
  const last = before.at(-1);
  return last === undefined ? null : last.start - LEAD_MS;
}

/** Where to look next or before: behind gaps, and shortly before incidents. */
export function besidesEvent(contents: readonly DayContent[], moment: number, direction: -1 | 1): number | null {
  const moments = contents.flatMap(({ gaps, incidents }) => [
    ...gaps.filter(({ gap }) => !gap.planned && !gap.ongoing).map(({ end }) => end),
    ...incidents.map(({ start }) => start - LEAD_MS),
  ]);
  if (direction === 1) return least(moments.filter((one) => one > moment + 1000));
  const before = least(moments.filter((one) => one < moment - 2000).map((one) => -one));
  return before === null ? null : -before;
}

function least(moments: readonly number[]): number | null {
  return moments.length === 0 ? null : Math.min(...moments);
}

/** So much of what came before a gap is shown. */
export const LEAD_MS = 5000;

/** Parts of recordings in which `moment` is or which follow it. */
export function nearestRecorded(content: DayContent, moment: number): number | null {
  if (spanAt(content.recordings, moment) !== null) return moment;
  const next = content.recordings.find(({ start }) => start >= moment);
  if (next !== undefined) return next.start;
  const last = content.recordings.at(-1);
  return last === undefined ? null : Math.max(last.start, last.end - LEAD_MS);
}
