import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { useWords, type Words } from "../i18n/words";
import { clockOf, MINUTE, SECOND } from "../time/zone";
import { momentAt, moved, placeOf, type Scale, ticksOf, zoomed } from "./scale";
import { type DayContent, type Span, spanAt } from "./spans";
import { ThumbnailPreview } from "./ThumbnailPreview";
import { useThumbnail } from "./useThumbnail";

/** What lies on the time line of a camera. */
export interface Row {
  name: string;
  content: DayContent;
}

interface Props {
  /** Whose pictures are shown while one points. */
  camera: string;
  day: Span;
  content: DayContent;
  /** Cameras that are played with it, below. */
  others: readonly Row[];
  time: number | null;
  onSeek: (moment: number) => void;
  /** What lies over it, on the part that is shown. */
  over?: (scale: Scale) => ReactNode;
}

const HEIGHT = 84;
const BAND = { y: 26, height: 34 };
const INCIDENT = { y: 64, height: 10 };
const ROW = { height: 16, pitch: 20 };
const ZOOM_STEP = 1.25;
const BUTTON_ZOOM = 2.5;
const SCRUB_EVERY_MS = 150;

/** A day: what was recorded, what is missing and why, what went wrong. Click or drag to see what was then. */
export function Timeline({ camera, day, content, others, time, onSeek, over }: Props) {
  const { t, zone } = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const [shown, setShown] = useState<Span | null>(null);
  const inDay = shown !== null && shown.start >= day.start && shown.end <= day.end;
  const scale: Scale = { ...(inDay ? shown : day), width };
  const zoom = (factor: number, fixed: number) => {
    setShown(zoomed(scale, factor, fixed, day));
  };
  useWheel(frame, (event) => {
    const place = event.clientX - (frame.current?.getBoundingClientRect().left ?? 0);
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const distance = event.deltaX === 0 ? event.deltaY : event.deltaX;
      setShown(moved(scale, (distance / width) * (scale.end - scale.start), day));
    } else zoom(event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP, momentAt(scale, place));
  });
  const zoomFromButton = (factor: number) => {
    const half = (scale.end - scale.start) / 2;
    const middle = time !== null && spanAt([scale], time) !== null ? time : scale.start + half;
    setShown(zoomed({ ...scale, start: middle - half, end: middle + half }, factor, middle, day));
  };
  return (
    <div className="timeline">
      <div className="timeline-frame" ref={frame}>
        <Pointing
          camera={camera}
          scale={scale}
          day={day}
          content={content}
          others={others}
          time={time}
          onSeek={onSeek}
          zone={zone}
        />
        {over?.(scale)}
      </div>
      <div className="buttons">
        <button
          type="button"
          onClick={() => {
            zoomFromButton(1 / BUTTON_ZOOM);
          }}
        >
          {t("play.zoomIn")}
        </button>
        <button
          type="button"
          disabled={!inDay}
          onClick={() => {
            zoomFromButton(BUTTON_ZOOM);
          }}
        >
          {t("play.zoomOut")}
        </button>
        <button
          type="button"
          disabled={!inDay}
          onClick={() => {
            setShown(null);
          }}
        >
          {t("play.wholeDay")}
        </button>
        <Legend />
      </div>
    </div>
  );
}

function Legend() {
  const { t } = useWords();
  return (
    <ul className="legend">
      <li data-what="recorded">{t("play.recorded")}</li>
      <li data-what="gap">{t("play.gap")}</li>
      <li data-what="planned">{t("play.planned")}</li>
      <li data-what="incident">{t("play.incident")}</li>
      <li data-what="protected">{t("range.protected")}</li>
    </ul>
  );
}

function Pointing({ camera, scale, day, content, others, time, onSeek, zone }: Props & { scale: Scale; zone: string }) {
  const words = useWords();
  const [pointed, setPointed] = useState<number | null>(null);
  const [row, setRow] = useState<Row | null>(null);
  const thumbnail = useThumbnail(camera, scale, content.recordings, pointed);
  const scrubbed = useRef(0);
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const place = event.clientX - left;
    setRow(others[Math.floor((event.clientY - top - HEIGHT) / ROW.pitch)] ?? null);
    const moment = Math.min(day.end, Math.max(day.start, momentAt(scale, place)));
    setPointed(moment);
    return moment;
  };
  const scrub = (event: PointerEvent<HTMLDivElement>) => {
    const moment = follow(event);
    if (event.buttons !== 1 || event.timeStamp - scrubbed.current < SCRUB_EVERY_MS) return;
    scrubbed.current = event.timeStamp;
    onSeek(moment);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") setPointed(null);
    const by = stepOf(event);
    if (by === null || time === null) return;
    event.preventDefault();
    event.stopPropagation();
    const moment = Math.min(day.end, Math.max(day.start, time + by));
    setPointed(moment);
    onSeek(moment);
  };
  return (
    <div
      className="timeline-slider"
      role="slider"
      tabIndex={0}
      aria-label={words.t("play.timeline")}
      aria-valuemin={day.start / SECOND}
      aria-valuemax={day.end / SECOND}
      aria-valuenow={Math.round((time ?? day.start) / SECOND)}
      aria-valuetext={time === null ? "–" : noteAt(content, time, words)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        scrubbed.current = event.timeStamp;
        onSeek(follow(event));
      }}
      onPointerMove={scrub}
      onPointerUp={(event) => {
        if (event.timeStamp - scrubbed.current > 5) onSeek(follow(event));
      }}
      onPointerLeave={() => {
        setPointed(null);
      }}
      onBlur={() => {
        setPointed(null);
      }}
    >
      <Drawing scale={scale} day={day} content={content} others={others} time={time} pointed={pointed} zone={zone} />
      {pointed !== null && (
        <Note
          place={placeOf(scale, pointed)}
          width={scale.width}
          text={`${row === null ? "" : `${row.name} · `}${noteAt(row?.content ?? content, pointed, words)}`}
        >
          <ThumbnailPreview shown={thumbnail} />
        </Note>
      )}
    </div>
  );
}

interface DrawingProps {
  scale: Scale;
  day: Span;
  content: DayContent;
  others: readonly Row[];
  time: number | null;
  pointed: number | null;
  zone: string;
}

function Drawing({ scale, day, content, others, time, pointed, zone }: DrawingProps) {
  const height = HEIGHT + others.length * ROW.pitch;
  const rect = (span: Span, what: string, key: string, place: { y: number; height: number }) => {
    const x = placeOf(scale, span.start);
    const width = Math.max(1.5, placeOf(scale, span.end) - x);
    if (x > scale.width || x + width < 0) return null;
    return <rect key={key} data-what={what} x={x} width={width} {...place} />;
  };
  const band = (one: DayContent, place: { y: number; height: number }) => (
    <>
      <rect className="timeline-ground" x="0" width={scale.width} {...place} />
      {one.recordings.map((span) => rect(span, "recorded", `r${span.start}`, place))}
      {one.gaps.map((span) => rect(span, span.gap.planned ? "planned" : "gap", `g${span.start}`, place))}
    </>
  );
  return (
    <svg width={scale.width} height={height} aria-hidden="true">
      {band(content, BAND)}
      {content.incidents.map((span) => rect(span, "incident", span.incident.id, INCIDENT))}
      {ticksOf(scale, day, zone).map(({ at, text }) => (
        <g key={at} transform={`translate(${placeOf(scale, at)} 0)`}>
          <line y1="18" y2={BAND.y + BAND.height} />
          <text y="13" textAnchor={anchorOf(placeOf(scale, at), scale.width)}>
            {text}
          </text>
        </g>
      ))}
      {others.map((row, index) => (
        <g key={row.name} className="timeline-row">
          {band(row.content, { y: HEIGHT + index * ROW.pitch, height: ROW.height })}
          <text x="6" y={HEIGHT + index * ROW.pitch + 12}>
            {row.name}
          </text>
        </g>
      ))}
      {pointed !== null && <line className="pointed" {...upright(placeOf(scale, pointed), height)} />}
      {time !== null && <line className="playhead" {...upright(placeOf(scale, time), height)} />}
    </svg>
  );
}

function upright(x: number, height: number) {
  return { x1: x, x2: x, y1: 16, y2: height };
}

function anchorOf(place: number, width: number): "start" | "middle" | "end" {
  if (place < 20) return "start";
  return place > width - 20 ? "end" : "middle";
}

interface NoteProps {
  place: number;
  width: number;
  text: string;
  children: ReactNode;
}

function Note({ place, width, text, children }: NoteProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const note = element.current;
    if (note === null) return;
    const left = Math.min(Math.max(0, place - note.offsetWidth / 2), Math.max(0, width - note.offsetWidth));
    note.style.setProperty("left", `${left}px`);
  });
  return (
    <div className="timeline-note" ref={element}>
      {children}
      {text}
    </div>
  );
}

/** What was at a moment, in words. */
function noteAt(content: DayContent, moment: number, { t, label, duration, zone }: Words): string {
  const parts = [clockOf(moment, zone)];
  const gap = spanAt(content.gaps, moment);
  if (gap !== null) {
    const seconds = (gap.end - gap.start) / SECOND;
    parts.push(`${gap.gap.planned ? t("play.planned") : t("play.gap")} (${duration(seconds)})`);
    parts.push(label("gapCause", gap.gap.cause));
    if (gap.gap.detail !== "") parts.push(gap.gap.detail);
  } else if (spanAt(content.recordings, moment) !== null) parts.push(t("play.recorded"));
  const incident = spanAt(content.incidents, moment);
  if (incident !== null) parts.push(`${t("play.incident")}: ${label("reason", incident.incident.reason)}`);
  return parts.join(" · ");
}

/** By how much a key moves; null: it does not. */
function stepOf(event: KeyboardEvent): number | null {
  const steps: Record<string, number> = {
    ArrowLeft: event.shiftKey ? -MINUTE : -10 * SECOND,
    ArrowRight: event.shiftKey ? MINUTE : 10 * SECOND,
    PageDown: -10 * MINUTE,
    PageUp: 10 * MINUTE,
  };
  return steps[event.key] ?? null;
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(800);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined && entry.contentRect.width > 0) setWidth(entry.contentRect.width);
    });
    observer.observe(element.current);
    return () => {
      observer.disconnect();
    };
  }, [element]);
  return width;
}

/** React listens to wheels passively: such a listener cannot keep the page from scrolling. */
function useWheel(element: React.RefObject<HTMLElement | null>, then: (event: WheelEvent) => void): void {
  const latest = useRef(then);
  useEffect(() => {
    latest.current = then;
  });
  useEffect(() => {
    const target = element.current;
    const listen = (event: WheelEvent) => {
      event.preventDefault();
      latest.current(event);
    };
    target?.addEventListener("wheel", listen, { passive: false });
    return () => {
      target?.removeEventListener("wheel", listen);
    };
  }, [element]);
}
