import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { endLogin, type Login, LOGINS, useChange, useLogins } from "./api";
import { Refusal } from "./Refusal";

/** Browsers that are logged in; of one user, or of all. */
export function Logins({ of }: { of?: string }) {
  const { t, dateTime } = useWords();
  const logins = useLogins();
  const end = useChange(endLogin, LOGINS);
  const user: Column<Login> = { name: t("login.name"), cell: (one) => one.user };
  const columns: Column<Login>[] = [
    ...(of === undefined ? [user] : []),
    { name: t("logins.address"), cell: ({ address }) => address },
    { name: t("logins.began"), cell: ({ created }) => <span className="nowrap">{dateTime(created)}</span> },
    { name: t("logins.seen"), cell: ({ seen }) => <span className="nowrap">{dateTime(seen)}</span> },
    {
      name: t("cameras.actions"),
      cell: ({ uid, own }) =>
        own ? (
          <span className="badge" data-tone="good">
            {t("logins.own")}
          </span>
        ) : (
          <button
            type="button"
            disabled={end.isPending}
            onClick={() => {
              end.mutate(uid);
            }}
          >
            {t("logins.end")}
          </button>
        ),
    },
  ];
  return (
    <Card title={t("logins.title")}>
      <Loaded query={logins}>
        {({ sessions }) => (
          <Table
            label={t("logins.title")}
            columns={columns}
            rows={sessions.filter((one) => of === undefined || one.user === of)}
            keyOf={({ uid }) => uid}
          />
        )}
      </Loaded>
      <Refusal error={end.error} />
    </Card>
  );
}
