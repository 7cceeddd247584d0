import { useIncidentPages, useIncidentStatistics, useStreams } from "../api/queries";
import type { Fault } from "../api/types";
import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { IncidentTable } from "../ui/IncidentTable";
import { Loaded } from "../ui/Loaded";
import { MomentField } from "../ui/MomentField";
import { Card, Page } from "../ui/Page";
import { camerasOf } from "./cameras";
import { type IncidentQuery, SPANS, useIncidentFilter } from "./incidentFilter";
import { Statistics } from "./IncidentStatistics";

/** What went wrong: how often, how soon noticed, how soon over. */
export function IncidentsPage() {
  const { t, zone } = useWords();
  const filter = useIncidentFilter();
  const cameras = camerasOf(useStreams().data?.streams ?? []);
  const statistics = useIncidentStatistics({ ...filter.query, zone });
  return (
    <Page
      title={t("incidents.title")}
      aside={
        <a className="button" href={tableAddress(filter.query)} download>
          {t("incidents.csv")}
        </a>
      }
    >
      <Filters filter={filter} cameras={cameras.map(({ id, name }) => [id, name])} />
      <Loaded query={statistics}>{(found) => <Statistics found={found} />}</Loaded>
      <List query={filter.query} names={new Map(cameras.map(({ id, name }) => [id, name]))} />
    </Page>
  );
}

function tableAddress(query: IncidentQuery): string {
  return `/api/v1/incidents.csv?${new URLSearchParams({ ...query }).toString()}`;
}

interface FiltersProps {
  filter: ReturnType<typeof useIncidentFilter>;
  cameras: [id: string, name: string][];
}

function Filters({ filter: { query, to, camera, fault, days, faults, change }, cameras }: FiltersProps) {
  const { t, label } = useWords();
  const spans = SPANS.map((n): [string, string] => [String(n), t("incidents.days", { n })]);
  return (
    <div className="toolbar">
      <Choice
        label={t("incidents.span")}
        value={days}
        options={[...spans, ["", t("incidents.between")]]}
        onChange={(chosen) => {
          change(chosen === "" ? { from: query.from, days: "" } : { days: chosen, from: "", to: "" });
        }}
      />
      {days === "" && (
        <>
          <MomentField
            label={t("logs.from")}
            value={query.from}
            onChange={(from) => {
              change({ from });
            }}
          />
          <MomentField
            label={t("logs.to")}
            value={to}
            onChange={(end) => {
              change({ to: end });
            }}
          />
        </>
      )}
      <Choice
        label={t("incidents.camera")}
        value={camera}
        options={[["", t("app.all")], ...cameras]}
        onChange={(chosen) => {
          change({ camera: chosen });
        }}
      />
      <Choice<Fault | "">
        label={t("incidents.type")}
        value={fault}
        options={[["", t("app.all")], ...faults.map((one): [Fault, string] => [one, label("fault", one)])]}
        onChange={(chosen) => {
          change({ fault: chosen });
        }}
      />
    </div>
  );
}

function List({ query, names }: { query: IncidentQuery; names: ReadonlyMap<string, string> }) {
  const { t } = useWords();
  const pages = useIncidentPages(query);
  return (
    <Card title={t("incidents.list")}>
      <Loaded query={pages}>
        {({ pages: found }) => {
          const list = found.flatMap(({ incidents }) => incidents);
          if (list.length === 0) return <p className="quiet">{t("incidents.none")}</p>;
          return <IncidentTable incidents={list} names={names} withCamera />;
        }}
      </Loaded>
      {pages.hasNextPage && (
        <div className="step">
          <button type="button" disabled={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {t("incidents.older")}
          </button>
        </div>
      )}
    </Card>
  );
}
