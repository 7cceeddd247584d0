import { type ReactNode, useState } from "react";

import { AdminNav } from "../admin/AdminNav";
import { TextLine } from "../admin/TextLine";
import { LABELS } from "../i18n/labels";
import { useWords } from "../i18n/words";
import { DAY } from "../time/zone";
import { Choice } from "../ui/Choice";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { type AuditLine, type AuditWish, useAudit } from "./api";

const SPANS = [0, 1, 7, 30, 90] as const;
const ACTIONS = Object.keys(LABELS.auditAction);

/** Who did what. */
export function AuditPage() {
  const { t, label } = useWords();
  const [user, setUser] = useState("");
  const [action, setAction] = useState("");
  const [subject, setSubject] = useState("");
  const [days, setDays] = useState("0");
  const [now] = useState(() => Date.now());
  const wish: AuditWish = {
    ...(user.trim() === "" ? {} : { user: user.trim() }),
    ...(action === "" ? {} : { action }),
    ...(subject.trim() === "" ? {} : { subject: subject.trim() }),
    ...(days === "0" ? {} : { from: new Date(now - Number(days) * DAY).toISOString() }),
  };
  return (
    <Page title={t("admin.audit")}>
      <AdminNav />
      <p className="quiet">{t("audit.about")}</p>
      <div className="toolbar">
        <TextLine label={t("login.name")} value={user} onChange={setUser} />
        <Choice
          label={t("audit.action")}
          value={action}
          options={[["", t("app.all")], ...ACTIONS.map((one): [string, string] => [one, label("auditAction", one)])]}
          onChange={setAction}
        />
        <TextLine label={t("audit.subject")} value={subject} onChange={setSubject} />
        <Choice
          label={t("incidents.span")}
          value={days}
          options={SPANS.map((n): [string, string] => [String(n), n === 0 ? t("app.all") : t("incidents.days", { n })])}
          onChange={setDays}
        />
      </div>
      <Card title={t("incidents.list")}>
        <Lines wish={wish} />
      </Card>
    </Page>
  );
}

function Lines({ wish }: { wish: AuditWish }) {
  const { t, label, dateTime } = useWords();
  const audit = useAudit(wish);
  const columns: Column<AuditLine>[] = [
    { name: t("audit.when"), cell: ({ at }) => <span className="nowrap">{dateTime(at)}</span> },
    { name: t("login.name"), cell: ({ user }) => user },
    { name: t("audit.action"), cell: ({ action }) => label("auditAction", action) },
    { name: t("audit.subject"), cell: ({ subject }) => subject },
    { name: t("audit.detail"), cell: ({ detail }) => <Detail detail={detail} /> },
  ];
  return (
    <Loaded query={audit}>
      {({ pages }) => {
        const lines = pages.flatMap((page) => page.lines);
        return (
          <>
            {lines.length === 0 ? (
              <p className="quiet">{t("audit.none")}</p>
            ) : (
              <Table label={t("admin.audit")} columns={columns} rows={lines} keyOf={({ number }) => String(number)} />
            )}
            {audit.hasNextPage && (
              <button type="button" disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
                {t("audit.more")}
              </button>
            )}
          </>
        );
      }}
    </Loaded>
  );
}

function Detail({ detail }: { detail: AuditLine["detail"] }): ReactNode {
  return Object.entries(detail).map(([key, value]) => (
    <div key={key}>
      <code lang="en">
        {key}: {typeof value === "string" ? value : JSON.stringify(value)}
      </code>
    </div>
  ));
}
