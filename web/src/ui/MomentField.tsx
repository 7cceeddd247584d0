import { useId } from "react";

import { useWords } from "../i18n/words";
import { clockOf, dateOf, momentOn } from "../time/zone";

interface Props {
  label: string;
  /** ISO 8601, or nothing. */
  value: string;
  onChange: (moment: string) => void;
}

/** A day and a time of the chosen time zone. */
export function MomentField({ label, value, onChange }: Props) {
  const { zone } = useWords();
  const id = useId();
  const moment = Date.parse(value);
  const shown = Number.isNaN(moment) ? "" : `${dateOf(moment, zone)}T${clockOf(moment, zone)}`;
  return (
    <div className="choice">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="datetime-local"
        step="1"
        value={shown}
        onChange={(event) => {
          const [date, clock] = event.target.value.split("T");
          if (date === undefined || clock === undefined) onChange("");
          else onChange(new Date(momentOn(date, clock, zone)).toISOString());
        }}
      />
    </div>
  );
}
