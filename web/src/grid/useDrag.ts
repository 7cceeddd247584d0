import { type PointerEvent, useRef, useState } from "react";

export interface Drag {
  from: number;
  /** Where it would be put down; the same place while it is over none. */
  over: number;
  by: { x: number; y: number };
}

interface Begun {
  x: number;
  y: number;
  places: { place: number; box: DOMRect }[];
}

/** A picture that is drawn from place to place with a mouse or a finger. Places bear `data-place`. */
export function useDrag(onDrop: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const begun = useRef<Begun | null>(null);
  const placeAt = ({ clientX: x, clientY: y }: PointerEvent) =>
    begun.current?.places.find(({ box }) => x >= box.left && x < box.right && y >= box.top && y < box.bottom)?.place;
  const handlers = (from: number) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const all = event.currentTarget.closest("ul")?.querySelectorAll<HTMLElement>("[data-place]") ?? [];
      begun.current = {
        x: event.clientX,
        y: event.clientY,
        places: [...all].map((one) => ({ place: Number(one.dataset.place), box: one.getBoundingClientRect() })),
      };
      setDrag({ from, over: from, by: { x: 0, y: 0 } });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (begun.current === null) return;
      const by = { x: event.clientX - begun.current.x, y: event.clientY - begun.current.y };
      setDrag({ from, over: placeAt(event) ?? from, by });
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      // Not `drag`: where it was drawn to at last may not have been rendered yet.
      const to = placeAt(event);
      if (to !== undefined && to !== from) onDrop(from, to);
      begun.current = null;
      setDrag(null);
    },
    onPointerCancel: () => {
      begun.current = null;
      setDrag(null);
    },
  });
  return { drag, handlers };
}
