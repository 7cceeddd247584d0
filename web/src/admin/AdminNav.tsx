import { Link, useLocation } from "wouter";

import type { Key } from "../i18n/languages";
import { useWords } from "../i18n/words";

const PAGES: readonly (readonly [path: string, text: Key])[] = [
  ["/settings", "admin.settings"],
  ["/settings/cameras", "admin.cameras"],
  ["/settings/users", "admin.users"],
  ["/settings/audit", "admin.audit"],
  ["/welcome", "admin.guide"],
];

/** The pages of administration. */
export function AdminNav() {
  const { t } = useWords();
  const [here] = useLocation();
  return (
    <nav className="tabs" aria-label={t("admin.label")}>
      {PAGES.map(([path, text]) => (
        <Link key={path} href={path} aria-current={here === path ? "page" : undefined}>
          {t(text)}
        </Link>
      ))}
    </nav>
  );
}
