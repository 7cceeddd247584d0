import { useMay } from "../api/access";
import { useHealth, useMadeOf, useRecorders, useServer } from "../api/queries";
import type { Package, Recorder } from "../api/types";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";

/** Which gstnvr this is, and whether its parts are well. */
export function AboutPage() {
  const { t, dateTime } = useWords();
  const about = useServer();
  const administers = useMay("administrator");
  return (
    <Page title={t("about.title")}>
      <Card title="gstnvr">
        <Loaded query={about}>
          {({ version, time, zone }) => (
            <dl className="figures">
              <div>
                <dt>{t("about.version")}</dt>
                <dd>{version}</dd>
              </div>
              <div>
                <dt>{t("about.time")}</dt>
                <dd>{dateTime(time)}</dd>
              </div>
              <div>
                <dt>{t("about.zone")}</dt>
                <dd>{zone}</dd>
              </div>
            </dl>
          )}
        </Loaded>
        <p className="quiet">{t("about.privacy")}</p>
      </Card>
      <Health />
      {administers && <Recorders />}
      <MadeOf />
      <Card title={t("about.keys")}>
        <p>{t("play.help")}</p>
      </Card>
    </Page>
  );
}

function MadeOf() {
  const { t } = useWords();
  const query = useMadeOf();
  const columns: Column<Package>[] = [
    { name: t("about.package"), cell: ({ name, home }) => (home === null ? name : <a href={home}>{name}</a>) },
    { name: t("about.version"), cell: ({ version }) => version },
    { name: t("about.license"), cell: ({ license }) => license },
  ];
  return (
    <Card title={t("about.madeOf")}>
      <Loaded query={query}>
        {({ license, python, platform, packages }) => (
          <>
            <p lang="en">
              gstnvr: {license} · Python {python} · {platform}
            </p>
            <details>
              <summary>{t("about.packages", { n: packages.length })}</summary>
              <div lang="en">
                <Table label={t("about.madeOf")} columns={columns} rows={packages} keyOf={({ name }) => name} />
              </div>
            </details>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Health() {
  const { t } = useWords();
  const health = useHealth();
  return (
    <Card title={t("about.health")}>
      <Loaded query={health}>
        {({ healthy: allHealthy, components }) => (
          <>
            <p>{allHealthy ? t("about.healthy") : t("about.unhealthy")}</p>
            <ul className="plain">
              {components.map(({ name, healthy, detail }) => (
                <li key={name}>
                  <span className="badge" data-tone={healthy ? "good" : "bad"} lang="en">
                    {name}
                  </span>{" "}
                  <span lang="en">{detail}</span>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function Recorders() {
  const { t, bytes } = useWords();
  const recorders = useRecorders();
  const columns: Column<Recorder>[] = [
    {
      name: t("about.recorderName"),
      cell: (one) => `${one.name} ${one.process === null ? t("about.notRunning") : ""} ${one.being_replaced ? t("about.replaced") : ""}`,
    },
    { name: t("about.version"), cell: ({ version }) => version ?? "–" },
    { name: t("about.streams"), number: true, cell: ({ streams }) => streams },
    { name: t("about.memory"), number: true, cell: ({ memory_bytes: size }) => (size === null ? "–" : bytes(size)) },
  ];
  return (
    <Card title={t("about.recorders")}>
      <Loaded query={recorders}>
        {({ recorders: rows }) => (
          <Table label={t("about.recorders")} columns={columns} rows={rows} keyOf={({ name }) => name} />
        )}
      </Loaded>
    </Card>
  );
}
