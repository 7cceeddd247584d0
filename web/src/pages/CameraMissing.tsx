import { useState } from "react";
import { Link } from "wouter";

import { useCameraGaps } from "../api/queries";
import type { DayTotals, GapTotals } from "../api/types";
import { useWords } from "../i18n/words";
import { DAY, dateOf, momentOn, shiftDate } from "../time/zone";
import { type Bar, Columns } from "../ui/Bars";
import { Choice } from "../ui/Choice";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";

const SPANS = [1, 7, 30] as const;
const WORST = 5;

/** What is missing of a camera: in all, by cause, and on which days. */
export function CameraMissing({ camera }: { camera: string }) {
  const { t, zone } = useWords();
  const [days, setDays] = useState("7");
  const [now] = useState(() => Date.now());
  const from = new Date(now - Number(days) * DAY).toISOString();
  const query = useCameraGaps(camera, from, zone);
  return (
    <Card
      title={t("camera.missing")}
      aside={
        <Choice
          label={t("incidents.span")}
          value={days}
          options={SPANS.map((n): [string, string] => [String(n), t("incidents.days", { n })])}
          onChange={setDays}
        />
      }
    >
      <Loaded query={query}>
        {({ totals, days: known, from: begun, to }) => (
          <>
            <Totals totals={totals} />
            {totals.missing_s > 0 && <ByDay camera={camera} days={known} from={begun} to={to} />}
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Totals({ totals }: { totals: GapTotals }) {
  const { t, label, duration, percent } = useWords();
  return (
    <>
      {totals.availability !== null && <p>{t("camera.availability", { percent: percent(totals.availability) })}</p>}
      {totals.causes.length === 0 && <p className="quiet">{t("camera.nothingMissing")}</p>}
      <dl className="figures">
        {totals.causes.map(({ cause, seconds, gaps, planned }) => (
          <div key={cause} className={planned ? "quiet" : undefined}>
            <dt>{label("gapCause", cause)}</dt>
            <dd>
              {duration(seconds)} <span className="quiet">{t("camera.gaps", { n: gaps })}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

interface Days {
  camera: string;
  days: readonly DayTotals[];
  from: string;
  to: string;
}

function ByDay({ camera, days, from, to }: Days) {
  const { t, date, duration, label, zone } = useWords();
  const known = new Map(days.map((day) => [day.date, day]));
  const bars: Bar[] = [];
  const last = dateOf(Date.parse(to), zone);
  for (let day = dateOf(Date.parse(from), zone); day <= last; day = shiftDate(day, 1)) {
    const missing = known.get(day)?.missing_s ?? 0;
    const name = date(momentOn(day, "12:00", zone));
    const text = t("camera.missingOn", { date: name, duration: duration(missing) });
    bars.push({ key: day, name, value: missing, part: missing, text });
  }
  const worst = days.filter((day) => day.missing_s > 0).sort((one, other) => other.missing_s - one.missing_s);
  return (
    <>
      <h3>{t("camera.missingByDay")}</h3>
      <Columns bars={bars} />
      <ul className="plain">
        {worst.slice(0, WORST).map((day) => (
          <li key={day.date}>
            <Link href={`/recordings/${camera}?t=${new Date(momentOn(day.date, "12:00", zone)).toISOString()}`}>
              {date(momentOn(day.date, "12:00", zone))}
            </Link>{" "}
            {duration(day.missing_s)}{" "}
            <span className="quiet">
              {day.causes
                .filter(({ planned }) => !planned)
                .map(({ cause }) => label("gapCause", cause))
                .join(", ")}
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}
