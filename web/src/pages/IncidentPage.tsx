import { Link } from "wouter";

import { useMay } from "../api/access";
import { useIncident, useStreams } from "../api/queries";
import type { GapOfIncident, Incident, IncidentWithGaps } from "../api/types";
import { useWords } from "../i18n/words";
import { logAround } from "../logs/address";
import { SECOND } from "../time/zone";
import { IncidentText } from "../ui/IncidentTable";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { camerasOf } from "./cameras";

const BEFORE_MS = 10 * SECOND;

/** One incident: what it was, how it went, what is missing for it, and where to look further. */
export function IncidentPage({ id }: { id: string }) {
  const { t } = useWords();
  const query = useIncident(id);
  return (
    <Page title={t("incident.title")} aside={<Link href="/incidents">{t("incident.all")}</Link>}>
      <Loaded query={query}>{(found) => <Details found={found} />}</Loaded>
    </Page>
  );
}

function Details({ found: { incident, gaps, missing_s: missing } }: { found: IncidentWithGaps }) {
  const { t, duration } = useWords();
  const readsLogs = useMay("administrator");
  const { camera } = incident;
  return (
    <>
      <Card title={t("incident.what")}>
        <p>
          <IncidentText incident={incident} />
        </p>
        <Facts incident={incident} />
        <div className="buttons">
          {camera !== null && (
            <>
              <Link className="button" href={`/recordings/${camera}?t=${momentBefore(incident.started)}`}>
                {t("incident.recording")}
              </Link>
              <Link className="button" href={`/cameras/${camera}`}>
                {t("incident.camera")}
              </Link>
            </>
          )}
          {readsLogs && (
            <Link className="button" href={logAround(incident)}>
              {t("incident.log")}
            </Link>
          )}
        </div>
      </Card>
      <Card title={t("incident.missing")}>
        {gaps.length === 0 ? (
          <p className="quiet">{t("incident.nothingMissing")}</p>
        ) : (
          <>
            <p>{t("incident.missingInAll", { duration: duration(missing) })}</p>
            <Gaps gaps={gaps} />
          </>
        )}
      </Card>
    </>
  );
}

function momentBefore(moment: string): string {
  return new Date(Date.parse(moment) - BEFORE_MS).toISOString();
}

function Facts({ incident }: { incident: Incident }) {
  const { t, label, dateTime, duration } = useWords();
  const names = useNames();
  const { camera, stream, started, detected, recovered } = incident;
  const whose = camera === null ? t("incidents.program") : `${names.get(camera) ?? camera}${stream === "sub" ? " (sub)" : ""}`;
  const rows: [string, string][] = [
    [t("incidents.camera"), whose],
    [t("incidents.type"), label("fault", incident.fault)],
    [t("incidents.started"), dateTime(started)],
    [t("incident.noticed"), `${dateTime(detected)} (${duration(secondsBetween(started, detected))})`],
    [t("incident.over"), recovered === null ? t("incidents.lasts") : dateTime(recovered)],
    [t("incidents.lasted"), duration(incident.seconds)],
    [t("incidents.attempts"), String(incident.attempts)],
    [t("incident.code"), incident.code],
  ];
  return (
    <dl className="figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function useNames(): ReadonlyMap<string, string> {
  return new Map(camerasOf(useStreams().data?.streams ?? []).map(({ id, name }) => [id, name]));
}

function Gaps({ gaps }: { gaps: readonly GapOfIncident[] }) {
  const { t, label, dateTime, duration } = useWords();
  const names = useNames();
  const columns: Column<GapOfIncident>[] = [
    {
      name: t("incident.from"),
      cell: ({ camera, gap }) => (
        <Link href={`/recordings/${camera}?t=${momentBefore(gap.start)}`}>{dateTime(gap.start)}</Link>
      ),
    },
    { name: t("incidents.camera"), cell: ({ camera }) => names.get(camera) ?? camera },
    { name: t("incident.to"), cell: ({ gap }) => (gap.ongoing ? t("incidents.lasts") : dateTime(gap.end)) },
    { name: t("incident.length"), number: true, cell: ({ gap }) => duration(gap.seconds) },
    { name: t("incident.cause"), cell: ({ gap }) => label("gapCause", gap.cause) },
  ];
  return (
    <Table
      label={t("incident.missing")}
      columns={columns}
      rows={gaps}
      keyOf={({ camera, stream, gap }) => `${camera} ${stream} ${gap.start}`}
    />
  );
}
