import { type SubmitEvent, useState } from "react";

import { TextLine } from "../admin/TextLine";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { changePassword, LOGINS, useChange, useOwnAccount } from "./api";
import { Logins } from "./Logins";
import { Refusal } from "./Refusal";
import { SecondFactor } from "./SecondFactor";
import { Tokens } from "./Tokens";

/** What everybody may change about his own account. */
export function AccountPage() {
  const { t, label } = useWords();
  const account = useOwnAccount();
  return (
    <Page title={t("account.title")}>
      <Loaded query={account}>
        {({ name, role, cameras, one_time_codes: on, recovery_codes: left }) => (
          <>
            <p>
              <strong>{name}</strong> · {label("role", role)} · {cameras?.join(", ") ?? t("users.allCameras")}
            </p>
            <div className="two">
              <Password />
              <SecondFactor on={on} recoveryCodes={left} />
            </div>
            <Logins of={name} />
            <Tokens of={name} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Password() {
  const { t } = useWords();
  const [current, setCurrent] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const change = useChange(changePassword, LOGINS);
  const differs = again !== "" && again !== fresh;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (again !== fresh) return;
    change.mutate(
      { current, new: fresh },
      {
        onSuccess: () => {
          setCurrent("");
          setFresh("");
          setAgain("");
        },
      },
    );
  };
  return (
    <Card title={t("account.password")}>
      <p className="quiet">{t("account.passwordAbout")}</p>
      <form className="stack" onSubmit={submit}>
        <TextLine label={t("account.current")} type="password" autoComplete="current-password" value={current} required onChange={setCurrent} />
        <TextLine label={t("account.new")} hint={t("account.newHint")} type="password" value={fresh} required onChange={setFresh} />
        <TextLine label={t("login.again")} type="password" value={again} required onChange={setAgain} />
        {differs && <p role="alert">{t("login.different")}</p>}
        <Refusal error={change.error} />
        {change.isSuccess && <p role="status">{t("account.changed")}</p>}
        <button type="submit" disabled={change.isPending}>
          {t("account.change")}
        </button>
      </form>
    </Card>
  );
}
