import type { ReactNode } from "react";
import { Link, useRoute } from "wouter";

import { useMay } from "../api/access";
import { useStreams } from "../api/queries";
import type { Role } from "../api/types";
import type { Key } from "../i18n/languages";
import { useWords } from "../i18n/words";
import { DisplayMenu } from "./DisplayMenu";

const PAGES: readonly (readonly [path: string, text: Key, needed: Role])[] = [
  ["/cameras", "nav.cameras", "viewer"],
  ["/recordings", "nav.recordings", "viewer"],
  ["/exports", "nav.exports", "operator"],
  ["/incidents", "nav.incidents", "viewer"],
  ["/storage", "nav.storage", "operator"],
  ["/settings", "nav.settings", "administrator"],
  ["/logs", "nav.logs", "administrator"],
  ["/diagnostics", "nav.diagnostics", "administrator"],
  ["/about", "nav.about", "viewer"],
];

/** What surrounds every page. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useWords();
  return (
    <>
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <header className="bar">
        <Link className="brand" href="/cameras">
          gstnvr
        </Link>
        <nav aria-label={t("nav.label")}>
          <ul>
            {PAGES.map(([path, text, needed]) => (
              <PageLink key={path} path={path} needed={needed}>
                {t(text)}
              </PageLink>
            ))}
          </ul>
        </nav>
        <DisplayMenu />
      </header>
      <Offline />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function PageLink({ path, needed, children }: { path: string; needed: Role; children: ReactNode }) {
  const [here] = useRoute(`${path}/*?`);
  if (!useMay(needed)) return null;
  return (
    <li>
      <Link href={path} aria-current={here ? "page" : undefined}>
        {children}
      </Link>
    </li>
  );
}

function Offline() {
  const { t } = useWords();
  const { isError } = useStreams();
  return (
    <div role="status" className={isError ? "offline" : "offline-not"}>
      {isError && t("app.offline")}
    </div>
  );
}
