import type { IncidentStatistics } from "../api/types";
import { useWords } from "../i18n/words";
import { dateOf, momentOn, shiftDate } from "../time/zone";
import { type Bar, Bars, Columns } from "../ui/Bars";
import { Card } from "../ui/Page";

/** How many incidents, how soon noticed and over: in all, by type, by day. */
export function Statistics({ found }: { found: IncidentStatistics }) {
  const { t, duration, percent } = useWords();
  const { totals } = found;
  const time = (seconds: number | undefined) => (seconds === undefined ? "–" : duration(seconds));
  const tiles: [string, string][] = [
    [String(totals.incidents), t("incidents.count", { n: totals.incidents })],
    [totals.recovery_rate === null ? "–" : percent(totals.recovery_rate), t("incidents.recovery")],
    [time(totals.detection?.mean_s), t("incidents.detection")],
    [time(totals.recovery?.mean_s), t("incidents.mean")],
    [time(totals.recovery?.worst_s), t("incidents.worst")],
  ];
  return (
    <>
      <ul className="tiles">
        {tiles.map(([value, name]) => (
          <li key={name}>
            <strong>{value}</strong> <span>{name}</span>
          </li>
        ))}
      </ul>
      {totals.incidents > 0 && (
        <div className="two">
          <ByType found={found} />
          <ByDay found={found} />
        </div>
      )}
    </>
  );
}

function ByType({ found }: { found: IncidentStatistics }) {
  const { t, label, duration, percent } = useWords();
  const bars = found.kinds.map((kind): Bar => {
    const { incidents, recovered, recovery, recovery_rate: rate } = kind;
    const times =
      recovery === null ? "" : t("incidents.kindTimes", { mean: duration(recovery.mean_s), worst: duration(recovery.worst_s) });
    return {
      key: `${kind.fault} ${kind.reason}`,
      name: `${label("fault", kind.fault)}: ${label("reason", kind.reason)}`,
      value: incidents,
      part: incidents - recovered,
      text: [String(incidents), rate === null ? "" : percent(rate), times].filter(Boolean).join(" · "),
    };
  });
  return (
    <Card title={t("incidents.byType")}>
      <Bars bars={bars} />
    </Card>
  );
}

function ByDay({ found }: { found: IncidentStatistics }) {
  const { t, date, duration, zone } = useWords();
  const known = new Map(found.days.map((day) => [day.date, day]));
  const counts: Bar[] = [];
  const times: Bar[] = [];
  const last = dateOf(Date.parse(found.to) - 1, zone);
  for (let day = dateOf(Date.parse(found.from), zone); day <= last; day = shiftDate(day, 1)) {
    const { incidents, recovered, recovery } = known.get(day) ?? { incidents: 0, recovered: 0, recovery: null };
    const open = incidents - recovered;
    const name = date(momentOn(day, "12:00", zone));
    const text = t("incidents.dayOf", { date: name, n: incidents, open });
    counts.push({ key: day, name, value: incidents, part: open, text });
    const mean = recovery?.mean_s ?? 0;
    const told = { date: name, mean: duration(mean), worst: duration(recovery?.worst_s ?? 0) };
    times.push({ key: day, name, value: mean, text: t("incidents.timesOf", told) });
  }
  return (
    <Card title={t("incidents.byDay")}>
      <Columns bars={counts} />
      <h3>{t("incidents.meanByDay")}</h3>
      <Columns bars={times} />
    </Card>
  );
}
