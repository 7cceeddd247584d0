import { type PointerEvent, useId, useState } from "react";

import { useWords } from "../i18n/words";

export interface Point {
  /** In milliseconds. */
  time: number;
  /** null: not known. */
  value: number | null;
}

interface Props {
  title: string;
  /** Oldest first. */
  points: readonly Point[];
  /** The span that is shown, in milliseconds. */
  from: number;
  to: number;
  text: (value: number) => string;
}

const WIDTH = 300;
const HEIGHT = 72;
/** Between points that are further apart nothing is known. */
const HOLE_MS = 3500;

/** How a figure went; under the pointer, what it was then. */
export function Plot({ title, points, from, to, text }: Props) {
  const { t, time } = useWords();
  const heading = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const most = Math.max(...known, 0);
  const top = most * 1.15 || 1;
  const shown = pointed === null ? points.at(-1) : nearest(points, pointed);
  const value = shown?.value ?? null;
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setPointed(from + ((event.clientX - left) / width) * (to - from));
  };
  return (
    <figure className="plot" aria-labelledby={heading}>
      <figcaption id={heading}>
        {title}{" "}
        <output>
          {pointed !== null && shown !== undefined && <span className="quiet">{time(shown.time)} </span>}
          {value === null ? "–" : text(value)}
        </output>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        onPointerMove={point}
        onPointerLeave={() => {
          setPointed(null);
        }}
      >
        <path d={pathOf(points, from, to, top)} />
        {pointed !== null && shown !== undefined && (
          <line x1={xOf(shown.time, from, to)} x2={xOf(shown.time, from, to)} y1="0" y2={HEIGHT} />
        )}
      </svg>
      {known.length > 0 && (
        <p className="quiet">{t("plot.range", { least: text(Math.min(...known)), most: text(most) })}</p>
      )}
    </figure>
  );
}

function nearest(points: readonly Point[], moment: number): Point | undefined {
  let found: Point | undefined;
  for (const point of points)
    if (found === undefined || Math.abs(point.time - moment) < Math.abs(found.time - moment)) found = point;
  return found;
}

function xOf(time: number, from: number, to: number): string {
  return (((time - from) / (to - from)) * WIDTH).toFixed(1);
}

/** Lines through what is known, interrupted where nothing is. */
export function pathOf(points: readonly Point[], from: number, to: number, top: number): string {
  let before: number | null = null;
  let path = "";
  for (const { time, value } of points) {
    if (value !== null) {
      const pen: string = before === null || time - before > HOLE_MS ? "M" : "L";
      path += `${pen}${xOf(time, from, to)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
    }
    before = value === null ? null : time;
  }
  return path;
}
