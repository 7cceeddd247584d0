import type { ReactNode } from "react";

import { useMay } from "../api/access";
import type { Scale } from "../playback/scale";
import type { Span } from "../playback/spans";
import { MarkedRange } from "./MarkedRange";
import { useProtections } from "./queries";
import { RangeMark } from "./RangeMark";
import { useRange } from "./useRange";

interface Marking {
  /** Lies over the time line. */
  over: (scale: Scale) => ReactNode;
  /** What can be done with the range. */
  panel: ReactNode;
}

/** Marking a range of the cameras that are shown, for those who may do something with it. */
export function useMarking(
  shown: readonly string[],
  cameras: readonly { id: string; name: string }[],
  day: Span,
  time: number | null,
): Marking {
  const mayMark = useMay("operator");
  const range = useRange(time, mayMark);
  const asked = { camera: shown[0] ?? "", from: new Date(day.start).toISOString(), to: new Date(day.end).toISOString() };
  const protections = useProtections(asked, mayMark).data?.protections ?? [];
  return {
    over: (scale) => (
      <RangeMark scale={scale} day={day} marks={range.marks} protections={protections} onChange={range.change} />
    ),
    panel: mayMark && <MarkedRange range={range} shown={shown} cameras={cameras} />,
  };
}
