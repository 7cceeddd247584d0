import { useId } from "react";

import { useWords } from "../i18n/words";
import { clockOf, dateOf, isDate, momentOn, shiftDate } from "../time/zone";
import { Choice } from "../ui/Choice";
import { CameraChooser } from "./CameraChooser";
import type { Camera } from "./cameras";

interface Props {
  /** Cameras that are shown. */
  chosen: readonly [string, ...string[]];
  cameras: readonly Camera[];
  date: string;
  /** The present day. */
  today: string;
  time: number | null;
  onChoose: (chosen: readonly string[]) => void;
  onDate: (date: string) => void;
  onTime: (moment: number) => void;
}

/** Which cameras, which day, and what time of it. */
export function DayBar({ chosen, cameras, date, today, time, onChoose, onDate, onTime }: Props) {
  const { t, zone } = useWords();
  const [camera, ...others] = chosen;
  const ids = { day: useId(), time: useId() };
  const options = cameras.map(({ id, name }): [string, string] => [id, name]);
  if (!cameras.some(({ id }) => id === camera)) options.unshift([camera, camera]);
  return (
    <div className="toolbar">
      <Choice
        label={t("play.camera")}
        value={camera}
        options={options}
        onChange={(other) => {
          onChoose([other, ...others.filter((one) => one !== other)]);
        }}
      />
      {cameras.length > 1 && <CameraChooser chosen={chosen} cameras={cameras} onChoose={onChoose} />}
      <div className="choice">
        <label htmlFor={ids.day}>{t("play.day")}</label>
        <button
          type="button"
          aria-label={t("play.previousDay")}
          onClick={() => {
            onDate(shiftDate(date, -1));
          }}
        >
          <span aria-hidden="true">‹</span>
        </button>
        <input
          id={ids.day}
          type="date"
          value={date}
          max={today}
          onChange={(event) => {
            if (isDate(event.target.value)) onDate(event.target.value);
          }}
        />
        <button
          type="button"
          aria-label={t("play.nextDay")}
          disabled={date >= today}
          onClick={() => {
            onDate(shiftDate(date, 1));
          }}
        >
          <span aria-hidden="true">›</span>
        </button>
        <button
          type="button"
          disabled={date === today}
          onClick={() => {
            onDate(today);
          }}
        >
          {t("play.today")}
        </button>
      </div>
      <form
        className="choice"
        onSubmit={(event) => {
          event.preventDefault();
          const clock = new FormData(event.currentTarget).get("clock");
          if (typeof clock === "string" && clock !== "") onTime(momentOn(date, clock, zone));
        }}
      >
        <label htmlFor={ids.time}>{t("play.time")}</label>
        <input id={ids.time} name="clock" type="time" step="1" required />
        <button type="submit">{t("play.go")}</button>
      </form>
      <output className="clock">{time === null ? "–" : `${dateOf(time, zone)} ${clockOf(time, zone)}`}</output>
    </div>
  );
}
