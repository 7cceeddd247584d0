import { type ReactNode, type SubmitEvent, useState } from "react";

import { useLogIn, useSession, useSetUp, useSetupNeeded } from "../api/access";
import { ApiError } from "../api/client";
import { useWords, type Words } from "../i18n/words";
import { Field, filledIn } from "../ui/Field";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { DisplayMenu } from "./DisplayMenu";

/** Lets in who is logged in; asks others to log in, or to make the first user. */
export function Entrance({ children }: { children: ReactNode }) {
  const session = useSession();
  const out = session.data?.kind === "out";
  const setup = useSetupNeeded(out);
  return (
    <Loaded query={session}>
      {() =>
        out ? (
          <>
            <header className="bar">
              <span className="brand">gstnvr</span>
              <DisplayMenu />
            </header>
            <main className="entrance">
              <Loaded query={setup}>{(needed) => (needed ? <SetUp /> : <LogIn />)}</Loaded>
            </main>
          </>
        ) : (
          children
        )
      }
    </Loaded>
  );
}

function LogIn() {
  const words = useWords();
  const { t } = words;
  const logIn = useLogIn();
  const [withCode, setWithCode] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const code = filledIn(form, "code");
    const credentials = { name: filledIn(form, "name"), password: filledIn(form, "password") };
    logIn.mutate(code === "" ? credentials : { ...credentials, code }, {
      onError: (error) => {
        if (codeOf(error) === "code_needed") setWithCode(true);
      },
    });
  };
  const asksForCode = codeOf(logIn.error) === "code_needed";
  return (
    <Page title={t("login.title")}>
      <form className="card" onSubmit={submit}>
        <Field label={t("login.name")} name="name" autoComplete="username" autoFocus />
        <Field label={t("login.password")} name="password" type="password" autoComplete="current-password" />
        {withCode && (
          <>
            <Field label={t("login.code")} name="code" autoComplete="one-time-code" autoFocus />
            <p className="quiet">{t("login.codeHint")}</p>
          </>
        )}
        {logIn.error !== null && !asksForCode && <p role="alert">{messageOf(logIn.error, words)}</p>}
        <button type="submit" className="primary" disabled={logIn.isPending}>
          {t("login.submit")}
        </button>
      </form>
    </Page>
  );
}

function SetUp() {
  const words = useWords();
  const { t } = words;
  const setUp = useSetUp();
  const [different, setDifferent] = useState(false);
  const [secret] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get("secret"));
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const password = filledIn(form, "password");
    const same = password === filledIn(form, "again");
    setDifferent(!same);
    if (same) setUp.mutate({ secret: secret ?? "", name: filledIn(form, "name"), password });
  };
  if (secret === null)
    return (
      <Page title={t("setup.title")}>
        <p>{t("setup.noSecret")}</p>
      </Page>
    );
  return (
    <Page title={t("setup.title")}>
      <p>{t("setup.hint")}</p>
      <form className="card" onSubmit={submit}>
        <Field label={t("login.name")} name="name" autoComplete="username" defaultValue="admin" />
        <Field label={t("login.password")} name="password" type="password" autoComplete="new-password" autoFocus />
        <Field label={t("login.again")} name="again" type="password" autoComplete="new-password" />
        {different && <p role="alert">{t("login.different")}</p>}
        {!different && setUp.error !== null && <p role="alert">{messageOf(setUp.error, words)}</p>}
        <button type="submit" className="primary" disabled={setUp.isPending}>
          {t("setup.submit")}
        </button>
      </form>
    </Page>
  );
}

function codeOf(error: Error | null): string {
  return error instanceof ApiError ? error.code : "";
}

function messageOf(error: Error, { t, failure }: Words): string {
  switch (codeOf(error)) {
    case "wrong_credentials":
      return t("login.wrong");
    case "wrong_code":
      return t("login.wrongCode");
    case "locked_out":
    case "too_many_logins":
      return t("login.locked");
    case "setup_refused":
      return t("setup.refused");
    default:
      return failure(error);
  }
}
