import { Link } from "wouter";

import type { Incident } from "../api/types";
import { useWords } from "../i18n/words";
import { CauseText } from "./CauseText";
import { type Column, Table } from "./Table";

interface Props {
  incidents: readonly Incident[];
  names: ReadonlyMap<string, string>;
  /** Without it, they are all of one camera. */
  withCamera?: boolean;
}

/** Incidents, newest first, each with the way to its page. */
export function IncidentTable({ incidents, names, withCamera = false }: Props) {
  const { t, duration } = useWords();
  const camera: Column<Incident> = {
    name: t("incidents.camera"),
    cell: ({ camera: id }) => (id === null ? t("incidents.program") : (names.get(id) ?? id)),
  };
  const columns: Column<Incident>[] = [
    { name: t("incidents.started"), cell: (incident) => <Started incident={incident} /> },
    ...(withCamera ? [camera] : []),
    { name: t("incidents.what"), cell: (incident) => <IncidentText incident={incident} /> },
    { name: t("incidents.lasted"), cell: (incident) => <Lasted incident={incident} /> },
    { name: t("incidents.noticed"), number: true, cell: (incident) => duration(noticedAfterS(incident)) },
    { name: t("incidents.attempts"), number: true, cell: ({ attempts }) => attempts },
  ];
  return <Table label={t("incidents.list")} columns={columns} rows={incidents} keyOf={({ id }) => id} />;
}

function noticedAfterS({ started, detected }: Incident): number {
  return Math.max(0, (Date.parse(detected) - Date.parse(started)) / 1000);
}

function Started({ incident: { id, started } }: { incident: Incident }) {
  const { dateTime } = useWords();
  return (
    <Link className="nowrap" href={`/incidents/${encodeURIComponent(id)}`}>
      {dateTime(started)}
    </Link>
  );
}

/** How bad, why, and what was said of it. */
export function IncidentText({ incident }: { incident: Incident }) {
  const { t, label } = useWords();
  return (
    <>
      <span className="severity" data-severity={incident.severity}>
        {label("severity", incident.severity)}
      </span>{" "}
      {incident.stream === "sub" && `${t("live.subCause")}: `}
      <CauseText cause={incident} />
    </>
  );
}

function Lasted({ incident: { seconds, recovered } }: { incident: Incident }) {
  const { t, duration } = useWords();
  return (
    <span className="nowrap">
      {duration(seconds)}{" "}
      {recovered === null && (
        <span className="badge" data-tone="bad">
          {t("incidents.lasts")}
        </span>
      )}
    </span>
  );
}
