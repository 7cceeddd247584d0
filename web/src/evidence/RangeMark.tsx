import type { KeyboardEvent, PointerEvent } from "react";

import type { Protection } from "../api/types";
import type { Key } from "../i18n/languages";
import { useWords } from "../i18n/words";
import { momentAt, placeOf, type Scale } from "../playback/scale";
import type { Span } from "../playback/spans";
import { MINUTE, SECOND } from "../time/zone";
import { drawnBegin, drawnEnd, type Marks } from "./range";

interface Props {
  scale: Scale;
  day: Span;
  marks: Marks;
  protections: readonly Protection[];
  onChange: (marks: Marks) => void;
}

/** What lies over a time line: protected ranges, and the marked one with a handle at each end. */
export function RangeMark({ scale, day, marks, protections, onChange }: Props) {
  const { t } = useWords();
  return (
    <div className="range-layer">
      {protections.map(({ uid, start, end, user, reason }) => {
        const style = extentOf(scale, Date.parse(start), Date.parse(end));
        const title = t("range.protectedBy", { user, reason });
        return style && <div key={uid} className="range-protected" style={style} title={title} />;
      })}
      {marks.begin !== null && marks.end !== null && (
        <div className="range-marked" style={extentOf(scale, marks.begin, marks.end) ?? { display: "none" }} />
      )}
      <Handle
        name="range.beginMark"
        at={marks.begin}
        {...{ scale, day }}
        onMove={(moment) => {
          onChange(drawnBegin(marks, moment));
        }}
      />
      <Handle
        name="range.endMark"
        at={marks.end}
        {...{ scale, day }}
        onMove={(moment) => {
          onChange(drawnEnd(marks, moment));
        }}
      />
    </div>
  );
}

/** Where a span lies on the time line; null: not on the part that is shown. */
function extentOf(scale: Scale, start: number, end: number): { left: number; width: number } | null {
  const left = Math.max(0, placeOf(scale, start));
  const right = Math.min(scale.width, placeOf(scale, end));
  return right < 0 || left > scale.width ? null : { left, width: Math.max(2, right - left) };
}

interface HandleProps {
  name: Key & ("range.beginMark" | "range.endMark");
  at: number | null;
  scale: Scale;
  day: Span;
  onMove: (moment: number) => void;
}

function Handle({ name, at, scale, day, onMove }: HandleProps) {
  const { t, dateTime } = useWords();
  if (at === null || at < scale.start || at > scale.end) return null;
  const move = (moment: number) => {
    onMove(Math.round(Math.min(day.end, Math.max(day.start, moment))));
  };
  const draw = (event: PointerEvent<HTMLDivElement>) => {
    const frame = event.currentTarget.parentElement?.getBoundingClientRect();
    if (frame === undefined || event.buttons !== 1) return;
    move(momentAt(scale, Math.min(scale.width, Math.max(0, event.clientX - frame.left))));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = stepOf(event);
    if (by === null) return;
    event.preventDefault();
    event.stopPropagation();
    move(at + by);
  };
  return (
    <div
      className="range-handle"
      data-mark={name === "range.beginMark" ? "begin" : "end"}
      role="slider"
      tabIndex={0}
      aria-label={t(name)}
      aria-valuemin={day.start / SECOND}
      aria-valuemax={day.end / SECOND}
      aria-valuenow={at / SECOND}
      aria-valuetext={dateTime(at)}
      title={`${t(name)}: ${dateTime(at)}`}
      style={{ left: placeOf(scale, at) }}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={draw}
    />
  );
}

/** By how much a key moves a mark; null: it does not. */
function stepOf(event: KeyboardEvent): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: event.shiftKey ? -10 * SECOND : -SECOND,
    ArrowRight: event.shiftKey ? 10 * SECOND : SECOND,
    PageDown: -MINUTE,
    PageUp: MINUTE,
  };
  return steps[event.key] ?? null;
}
