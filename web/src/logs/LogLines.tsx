import { Fragment, memo, useEffect, useMemo, useRef, useState } from "react";

import type { LogLine } from "../api/types";
import { useWords } from "../i18n/words";
import { dateOf } from "../time/zone";
import { cutAt, textOf } from "./lines";

const SHOWN_AT_FIRST = 600;

interface Props {
  lines: readonly LogLine[];
  /** What was searched for, to be marked. */
  wanted: string;
  /** Where something happened; ISO 8601. */
  moment: string | null;
  wrap: boolean;
  onCopy: (text: string) => void;
}

/** Lines of the log with their days, and where something happened. */
export function LogLines({ lines, wanted, moment, wrap, onCopy }: Props) {
  const { t, date, zone } = useWords();
  const at = moment === null ? -1 : lines.findIndex(({ time }) => time <= moment);
  const days = useMemo(() => lines.map(({ time }) => dateOf(Date.parse(time), zone)), [lines, zone]);
  return (
    <ol className="log" aria-label={t("logs.label")} data-wrap={wrap} tabIndex={0}>
      {lines.map((line, number) => (
          <Fragment key={`${line.time} ${lines.length - number}`}>
            {days[number] !== days[number - 1] && <li className="log-day">{date(line.time)}</li>}
            {number === at && <Moment />}
            <Line line={line} wanted={wanted} onCopy={onCopy} />
          </Fragment>
      ))}
    </ol>
  );
}

function Moment() {
  const { t } = useWords();
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    element.current?.scrollIntoView({ block: "center" });
  }, []);
  return (
    <li className="log-moment" ref={element}>
      {t("logs.moment")}
    </li>
  );
}

const Line = memo(function Line({ line, wanted, onCopy }: { line: LogLine; wanted: string; onCopy: Props["onCopy"] }) {
  const { t, label, time } = useWords();
  const clock = `${time(line.time)}.${line.time.slice(20, 23)}`;
  return (
    <li data-level={line.level}>
      <time dateTime={line.time}>{clock}</time>
      <span className="log-level">{label("logLevel", line.level)}</span>
      <span className="log-origin">
        {line.process}
        {line.camera !== null && <strong> {line.camera}</strong>}
      </span>
      <Message line={line} wanted={wanted} />
      <button
        type="button"
        className="bare"
        aria-label={t("logs.copyLine", { time: clock })}
        onClick={() => {
          onCopy(textOf(line));
        }}
      >
        <svg className="icon" viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
          <path d="M8 3h11v14h-2V5H8zM4 7h11v14H4zm2 2v10h7V9z" />
        </svg>
      </button>
    </li>
  );
});

function Message({ line: { source, message }, wanted }: { line: LogLine; wanted: string }) {
  const { t, bytes } = useWords();
  const [whole, setWhole] = useState(false);
  const long = message.length > SHOWN_AT_FIRST;
  const shown = long && !whole ? `${message.slice(0, SHOWN_AT_FIRST)}…` : message;
  return (
    <span className="log-message">
      <span lang="en">
        <span className="quiet">
          <Marked text={source} wanted={wanted} />:
        </span>{" "}
        <Marked text={shown} wanted={wanted} />
      </span>{" "}
      {long && (
        <button
          type="button"
          aria-expanded={whole}
          onClick={() => {
            setWhole(!whole);
          }}
        >
          {whole ? t("logs.beginning") : t("logs.whole", { size: bytes(message.length) })}
        </button>
      )}
    </span>
  );
}

function Marked({ text, wanted }: { text: string; wanted: string }) {
  return cutAt(text, wanted).map((part, number) => (number % 2 === 1 ? <mark key={number}>{part}</mark> : part));
}
