import { type SubmitEvent, useState } from "react";

import { TextLine } from "../admin/TextLine";
import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { addToken, type MadeToken, removeToken, type Role, ROLES, type Token, TOKENS, useChange, useTokens } from "./api";
import { CameraChoice } from "./CameraChoice";
import { Refusal } from "./Refusal";

const DAYS = [1, 7, 30, 90, 365, 3650] as const;

/** Tokens for programs; of one user, or of all. */
export function Tokens({ of, users }: { of?: string; users?: readonly string[] }) {
  const { t, label, dateTime } = useWords();
  const tokens = useTokens();
  const remove = useChange(removeToken, TOKENS);
  const user: Column<Token> = { name: t("login.name"), cell: (one) => one.user };
  const columns: Column<Token>[] = [
    { name: t("tokens.label"), cell: (one) => one.label },
    ...(of === undefined ? [user] : []),
    { name: t("tokens.scope"), cell: ({ scope }) => label("role", scope) },
    { name: t("users.cameras"), cell: ({ cameras }) => cameras?.join(", ") ?? t("users.all") },
    { name: t("tokens.expires"), cell: ({ expires }) => <span className="nowrap">{dateTime(expires)}</span> },
    {
      name: t("cameras.actions"),
      cell: (one) => (
        <button
          type="button"
          disabled={remove.isPending}
          onClick={() => {
            remove.mutate(one.uid);
          }}
        >
          {t("tokens.remove")}
          <span className="for-readers"> {one.label}</span>
        </button>
      ),
    },
  ];
  return (
    <Card title={t("tokens.title")}>
      <p className="quiet">{t("tokens.about")}</p>
      <Loaded query={tokens}>
        {({ tokens: list }) => {
          const shown = list.filter((one) => of === undefined || one.user === of);
          if (shown.length === 0) return <p className="quiet">{t("tokens.none")}</p>;
          return <Table label={t("tokens.title")} columns={columns} rows={shown} keyOf={({ uid }) => uid} />;
        }}
      </Loaded>
      <Refusal error={remove.error} />
      <NewToken users={users} />
    </Card>
  );
}

function NewToken({ users }: { users: readonly string[] | undefined }) {
  const { t, label } = useWords();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Role>("viewer");
  const [cameras, setCameras] = useState<string[] | null>(null);
  const [days, setDays] = useState("90");
  const [user, setUser] = useState("");
  const add = useChange(addToken, TOKENS);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const seen = scope === "administrator" ? null : cameras;
    add.mutate({ label: name, scope, cameras: seen, days: Number(days), ...(user === "" ? {} : { user }) });
  };
  return (
    <details>
      <summary>{t("tokens.new")}</summary>
      <form className="stack" onSubmit={submit}>
        <TextLine label={t("tokens.label")} hint={t("tokens.labelHint")} value={name} required onChange={setName} />
        {users !== undefined && (
          <Choice
            label={t("tokens.user")}
            value={user}
            options={[["", t("tokens.myself")], ...users.map((one): [string, string] => [one, one])]}
            onChange={setUser}
          />
        )}
        <Choice
          label={t("tokens.scope")}
          value={scope}
          options={ROLES.map((one) => [one, label("role", one)] as const)}
          onChange={setScope}
        />
        {scope !== "administrator" && <CameraChoice value={cameras} onChange={setCameras} />}
        <Choice
          label={t("tokens.days")}
          value={days}
          options={DAYS.map((n) => [String(n), t("storage.days", { n })] as const)}
          onChange={setDays}
        />
        <Refusal error={add.error} />
        <button type="submit" className="primary" disabled={add.isPending}>
          {t("tokens.make")}
        </button>
        {add.data !== undefined && <Made made={add.data} />}
      </form>
    </details>
  );
}

function Made({ made }: { made: MadeToken }) {
  const { t } = useWords();
  return (
    <div role="status" className="shown-once">
      <p>{t("tokens.once")}</p>
      <code>{made.token}</code>
    </div>
  );
}
