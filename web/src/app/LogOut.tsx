import { Link } from "wouter";

import { useLogOut, useSession } from "../api/access";
import { useWords } from "../i18n/words";

/** Ends the session, if somebody is logged in. */
export function LogOut() {
  const { t } = useWords();
  const session = useSession().data;
  const logOut = useLogOut();
  if (session?.kind !== "in") return null;
  return (
    <>
      <Link href="/account">{t("account.title")}</Link>
      <button
      type="button"
      disabled={logOut.isPending}
      onClick={() => {
        logOut.mutate({});
      }}
    >
      {t("login.out", { name: session.name })}
    </button>
    </>
  );
}
