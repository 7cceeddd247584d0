import { useId } from "react";

interface Props {
  title: string;
  /** Oldest first; null: not known. */
  values: readonly (number | null)[];
  /** So many fit; fewer stand at the right. */
  room: number;
  text: (value: number) => string;
}

const WIDTH = 300;
const HEIGHT = 64;

/** The last minutes of a figure. */
export function Plot({ title, values, room, text }: Props) {
  const heading = useId();
  const known = values.filter((value) => value !== null);
  const top = Math.max(...known, 0) * 1.15 || 1;
  const latest = values.at(-1) ?? null;
  return (
    <figure className="plot" aria-labelledby={heading}>
      <figcaption id={heading}>
        {title} <output>{latest === null ? "–" : text(latest)}</output>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={pathOf(values, room, top)} />
      </svg>
    </figure>
  );
}

/** Lines through what is known, interrupted where nothing is. */
export function pathOf(values: readonly (number | null)[], room: number, top: number): string {
  const step = WIDTH / Math.max(1, room - 1);
  const left = WIDTH - step * (values.length - 1);
  let pen = "M";
  let path = "";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    path += `${pen}${(left + index * step).toFixed(1)} ${(HEIGHT - (value / top) * HEIGHT).toFixed(1)}`;
    pen = "L";
  });
  return path;
}
