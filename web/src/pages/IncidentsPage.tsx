import { useState } from "react";

import { useIncidents, useIncidentStatistics, useStreams } from "../api/queries";
import type { IncidentStatistics } from "../api/types";
import { useWords } from "../i18n/words";
import { DAY, dateOf, shiftDate } from "../time/zone";
import { type Bar, Bars, Columns } from "../ui/Bars";
import { Choice } from "../ui/Choice";
import { IncidentTable } from "../ui/IncidentTable";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { camerasOf } from "./cameras";

const SPANS = [1, 7, 30, 90] as const;
const LISTED = 200;

/** What went wrong: how often, how soon noticed, how soon over. */
export function IncidentsPage() {
  const { t, zone } = useWords();
  const [days, setDays] = useState("7");
  const [camera, setCamera] = useState("");
  const [now] = useState(() => Date.now());
  const from = new Date(now - Number(days) * DAY).toISOString();
  const cameras = camerasOf(useStreams().data?.streams ?? []);
  const names = new Map(cameras.map(({ id, name }) => [id, name]));
  const query = { ...(camera === "" ? {} : { camera }), from };
  const statistics = useIncidentStatistics({ ...query, zone });
  const incidents = useIncidents({ ...query, limit: LISTED });
  return (
    <Page title={t("incidents.title")}>
      <div className="toolbar">
        <Choice
          label={t("incidents.span")}
          value={days}
          options={SPANS.map((n): [string, string] => [String(n), t("incidents.days", { n })])}
          onChange={setDays}
        />
        <Choice
          label={t("incidents.camera")}
          value={camera}
          options={[["", t("app.all")], ...cameras.map(({ id, name }): [string, string] => [id, name])]}
          onChange={setCamera}
        />
      </div>
      <Loaded query={statistics}>{(found) => <Statistics found={found} />}</Loaded>
      <Card title={t("incidents.list")}>
        <Loaded query={incidents}>
          {({ incidents: list }) =>
            list.length === 0 ? (
              <p className="quiet">{t("incidents.none")}</p>
            ) : (
              <>
                <IncidentTable incidents={list} names={names} withCamera />
                {list.length === LISTED && <p className="quiet">{t("incidents.more", { n: LISTED })}</p>}
              </>
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}

function Statistics({ found }: { found: IncidentStatistics }) {
  const { t, duration, percent } = useWords();
  const { totals } = found;
  const tiles: [string, string][] = [
    [String(totals.incidents), t("incidents.count", { n: totals.incidents })],
    [totals.recovery_rate === null ? "–" : percent(totals.recovery_rate), t("incidents.recovery")],
    [totals.detection === null ? "–" : duration(totals.detection.mean_s), t("incidents.detection")],
    [totals.recovery === null ? "–" : duration(totals.recovery.mean_s), t("incidents.mean")],
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
  const { t, label, duration } = useWords();
  const bars = found.kinds.map((kind): Bar => {
    const mean = kind.recovery === null ? "" : ` · ${duration(kind.recovery.mean_s)}`;
    return {
      key: `${kind.fault} ${kind.reason}`,
      name: `${label("fault", kind.fault)}: ${label("reason", kind.reason)}`,
      value: kind.incidents,
      part: kind.incidents - kind.recovered,
      text: `${kind.incidents}${mean}`,
    };
  });
  return (
    <Card title={t("incidents.byType")}>
      <Bars bars={bars} />
    </Card>
  );
}

function ByDay({ found }: { found: IncidentStatistics }) {
  const { t, date, zone } = useWords();
  const known = new Map(found.days.map((day) => [day.date, day]));
  const bars: Bar[] = [];
  const last = dateOf(Date.parse(found.to), zone);
  for (let day = dateOf(Date.parse(found.from), zone); day <= last; day = shiftDate(day, 1)) {
    const { incidents, recovered } = known.get(day) ?? { incidents: 0, recovered: 0 };
    const open = incidents - recovered;
    const name = date(`${day}T12:00:00Z`);
    bars.push({ key: day, name, value: incidents, part: open, text: t("incidents.dayOf", { date: name, n: incidents, open }) });
  }
  return (
    <Card title={t("incidents.byDay")}>
      <Columns bars={bars} />
    </Card>
  );
}
