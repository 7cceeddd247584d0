import type { ReactNode } from "react";
import { Link, useRoute } from "wouter";

import { useMay } from "../api/access";
import { useStreams } from "../api/queries";
import type { Key } from "../i18n/languages";
import { useWords } from "../i18n/words";
import { DisplayMenu } from "./DisplayMenu";

const STORAGE = "/storage";
const SETTINGS = "/settings";
const PAGES: readonly (readonly [path: string, text: Key])[] = [
  ["/cameras", "nav.cameras"],
  ["/recordings", "nav.recordings"],
  ["/incidents", "nav.incidents"],
  [STORAGE, "nav.storage"],
  [SETTINGS, "nav.settings"],
  ["/about", "nav.about"],
];

/** What surrounds every page. */
export function Shell({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const seesStorage = useMay("operator");
  const administers = useMay("administrator");
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
            {PAGES.filter(([path]) => (seesStorage || path !== STORAGE) && (administers || path !== SETTINGS)).map(([path, text]) => (
              <li key={path}>
                <PageLink path={path}>{t(text)}</PageLink>
              </li>
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

function PageLink({ path, children }: { path: string; children: ReactNode }) {
  const [here] = useRoute(`${path}/*?`);
  return (
    <Link href={path} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
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
