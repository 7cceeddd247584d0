import { useId, useState } from "react";

import { useMay } from "../api/access";
import { useWords } from "../i18n/words";
import type { Span } from "../playback/spans";
import { clockOf, dateOf, momentOn } from "../time/zone";
import { Card } from "../ui/Page";
import { DeleteDialog } from "./DeleteDialog";
import { ExportDialog } from "./ExportDialog";
import { ProtectDialog } from "./ProtectDialog";
import { useRangeFacts } from "./queries";
import { markedSpan, withBegin, withEnd } from "./range";
import { RangeFigures } from "./RangeFigures";
import type { Range } from "./useRange";

interface Named {
  id: string;
  name: string;
}

interface Props {
  range: Range;
  /** Those that are played. */
  shown: readonly string[];
  cameras: readonly Named[];
}

/** Marks a range, tells what lies in it, and leads to what can be done with it. */
export function MarkedRange({ range, shown, cameras }: Props) {
  const { t } = useWords();
  const { marks, markBegin, markEnd } = range;
  const span = markedSpan(marks);
  const marked = marks.begin !== null || marks.end !== null;
  return (
    <Card
      title={t("range.title")}
      aside={
        <div className="buttons">
          <MarkButton text={t("range.beginHere")} shortcut="I" onMark={markBegin} />
          <MarkButton text={t("range.endHere")} shortcut="O" onMark={markEnd} />
          {marked && (
            <button type="button" onClick={range.clear}>
              {t("range.clear")}
            </button>
          )}
        </div>
      }
    >
      {marked ? <TypedMarks range={range} /> : <p className="quiet">{t("range.hint")}</p>}
      {span !== null && <Content key={shown.join()} span={span} shown={shown} cameras={cameras} />}
    </Card>
  );
}

function MarkButton({ text, shortcut, onMark }: { text: string; shortcut: string; onMark: (() => void) | null }) {
  return (
    <button type="button" disabled={onMark === null} aria-keyshortcuts={shortcut} onClick={onMark ?? undefined}>
      {text} <kbd aria-hidden="true">{shortcut}</kbd>
    </button>
  );
}

function TypedMarks({ range: { marks, change } }: { range: Range }) {
  const { t } = useWords();
  return (
    <div className="toolbar">
      <TypedMark
        label={t("range.begin")}
        value={marks.begin}
        onChange={(moment) => {
          change(withBegin(marks, moment));
        }}
      />
      <TypedMark
        label={t("range.end")}
        value={marks.end}
        onChange={(moment) => {
          change(withEnd(marks, moment));
        }}
      />
    </div>
  );
}

/** A day and a clock time, which count once somebody has left them or pressed Enter. */
function TypedMark({ label, value, onChange }: { label: string; value: number | null; onChange: (moment: number) => void }) {
  const { zone } = useWords();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = value === null ? "" : `${dateOf(value, zone)}T${clockOf(value, zone)}`;
  const take = () => {
    const [date, clock] = (typed ?? "").split("T");
    if (date !== undefined && clock !== undefined && typed !== shown) onChange(momentOn(date, clock, zone));
    setTyped(null);
  };
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        step="1"
        value={typed ?? shown}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key === "Enter") take();
        }}
      />
    </div>
  );
}

type Asked = "export" | "protect" | "delete";

function Content({ span, shown, cameras }: { span: Span; shown: readonly string[]; cameras: readonly Named[] }) {
  const { t } = useWords();
  const [chosen, setChosen] = useState(shown);
  const [asked, setAsked] = useState<Asked | null>(null);
  const mayDelete = useMay("administrator");
  const { facts, error } = useRangeFacts(chosen, span);
  const wanted = cameras.filter(({ id }) => chosen.includes(id));
  const close = () => {
    setAsked(null);
  };
  const button = (what: Asked, className?: string) => (
    <button
      type="button"
      className={className}
      disabled={wanted.length === 0}
      onClick={() => {
        setAsked(what);
      }}
    >
      {t(`range.${what}`)}
    </button>
  );
  return (
    <>
      <fieldset className="checks">
        <legend>{t("range.cameras")}</legend>
        {cameras.map(({ id, name }) => (
          <label key={id}>
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={({ target }) => {
                setChosen(target.checked ? [...chosen, id] : chosen.filter((other) => other !== id));
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      {error !== null && <p role="alert">{`${t("app.failed")}: ${error.message}`}</p>}
      <RangeFigures span={span} facts={facts} names={new Map(cameras.map(({ id, name }) => [id, name]))} />
      <div className="buttons">
        {button("export", "primary")}
        {button("protect")}
        {mayDelete && button("delete", "danger")}
      </div>
      {asked === "export" && <ExportDialog span={span} cameras={wanted} onClose={close} />}
      {asked === "protect" && <ProtectDialog span={span} cameras={wanted} onClose={close} />}
      {asked === "delete" && <DeleteDialog span={span} cameras={wanted} onClose={close} />}
    </>
  );
}
