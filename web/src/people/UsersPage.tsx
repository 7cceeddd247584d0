import { useState } from "react";

import { AdminNav } from "../admin/AdminNav";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { type User, useUsers } from "./api";
import { Logins } from "./Logins";
import { Tokens } from "./Tokens";
import { EditUser, NewUser } from "./UserForms";

/** Who may log in, and what he may do. */
export function UsersPage() {
  const { t } = useWords();
  const users = useUsers();
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  return (
    <Page
      title={t("admin.users")}
      aside={
        <button
          type="button"
          aria-expanded={adding}
          onClick={() => {
            setAdding(!adding);
          }}
        >
          {t("users.add")}
        </button>
      }
    >
      <AdminNav />
      {adding && (
        <NewUser
          onDone={() => {
            setAdding(false);
          }}
        />
      )}
      <Loaded query={users}>
        {({ users: list }) => {
          const user = list.find(({ name }) => name === chosen);
          return (
            <>
              <Card title={t("users.list")}>
                <UserTable users={list} onChoose={setChosen} />
              </Card>
              {user !== undefined && (
                <EditUser
                  key={user.name}
                  user={user}
                  onDone={() => {
                    setChosen(null);
                  }}
                />
              )}
              <Logins />
              <Tokens users={list.map(({ name }) => name)} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function UserTable({ users, onChoose }: { users: readonly User[]; onChoose: (name: string) => void }) {
  const { t, label, dateTime } = useWords();
  const columns: Column<User>[] = [
    { name: t("login.name"), cell: ({ name }) => name },
    { name: t("users.role"), cell: ({ role }) => label("role", role) },
    { name: t("users.cameras"), cell: ({ role, cameras }) => (role === "administrator" || cameras === null ? t("users.all") : cameras.join(", ")) },
    {
      name: t("cameras.state"),
      cell: ({ enabled }) => (
        <span className="badge" data-tone={enabled ? "good" : "off"}>
          {t(enabled ? "users.enabled" : "users.disabled")}
        </span>
      ),
    },
    {
      name: t("users.factor"),
      cell: ({ one_time_codes: app, recovery_codes: left }) => (app ? t("users.app", { n: left }) : t("app.no")),
    },
    { name: t("users.since"), cell: ({ created }) => <span className="nowrap">{dateTime(created)}</span> },
    {
      name: t("cameras.actions"),
      cell: ({ name }) => (
        <button
          type="button"
          onClick={() => {
            onChoose(name);
          }}
        >
          {t("users.edit")}
          <span className="for-readers"> {name}</span>
        </button>
      ),
    },
  ];
  return <Table label={t("users.list")} columns={columns} rows={users} keyOf={({ name }) => name} />;
}
