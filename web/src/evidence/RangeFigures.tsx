import type { Gap } from "../api/types";
import { useWords } from "../i18n/words";
import type { Span } from "../playback/spans";
import { SECOND } from "../time/zone";
import { type Column, Table } from "../ui/Table";
import type { RangeFacts } from "./queries";

const MOST_GAPS = 20;

interface NamedGap extends Gap {
  name: string;
}

interface Props {
  span: Span;
  /** Null: not known yet. */
  facts: readonly RangeFacts[] | null;
  names: ReadonlyMap<string, string>;
}

/** How long a range is, how large, and what is missing in it and why. */
export function RangeFigures({ span, facts, names }: Props) {
  const { t, duration, bytes } = useWords();
  const total = (figure: (one: RangeFacts) => number) => (facts ?? []).reduce((sum, one) => sum + figure(one), 0);
  const missing = total((one) => one.missingS);
  const gaps = (facts ?? []).flatMap((one) =>
    one.gaps.map((gap) => ({ ...gap, name: names.get(one.camera) ?? one.camera })),
  );
  const rows: [string, string][] = [[t("range.length"), duration((span.end - span.start) / SECOND)]];
  if (facts !== null)
    rows.push(
      [t("range.recorded"), duration(total((one) => one.recordedS))],
      [t("range.size"), bytes(total((one) => one.bytes))],
      [t("range.missing"), missing === 0 ? t("range.nothingMissing") : duration(missing)],
    );
  return (
    <>
      <dl className="figures">
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {facts !== null && facts.length > 0 && total((one) => one.recordedS) === 0 && (
        <p className="bad-text">{t("range.nothingRecorded")}</p>
      )}
      {gaps.length > 0 && <Gaps gaps={gaps} withCamera={(facts ?? []).length > 1} />}
    </>
  );
}

function Gaps({ gaps, withCamera }: { gaps: readonly NamedGap[]; withCamera: boolean }) {
  const { t, label, duration, dateTime } = useWords();
  const columns: Column<NamedGap>[] = [
    ...(withCamera ? [{ name: t("play.camera"), cell: ({ name }: NamedGap) => name }] : []),
    { name: t("range.gapFrom"), cell: ({ start }) => <span className="nowrap">{dateTime(start)}</span> },
    { name: t("range.gapLength"), cell: ({ start, end }) => (end === null ? "" : duration(lengthS(start, end))) },
    {
      name: t("range.gapCause"),
      cell: ({ cause, detail }) => (
        <>
          {label("gapCause", cause)} <span lang="en">{detail}</span>
        </>
      ),
    },
  ];
  return (
    <>
      <Table
        label={t("range.gaps")}
        columns={columns}
        rows={gaps.slice(0, MOST_GAPS)}
        keyOf={({ name, start }) => `${name} ${start}`}
      />
      {gaps.length > MOST_GAPS && <p className="quiet">{t("range.moreGaps", { n: gaps.length - MOST_GAPS })}</p>}
    </>
  );
}

function lengthS(start: string, end: string): number {
  return (Date.parse(end) - Date.parse(start)) / SECOND;
}
