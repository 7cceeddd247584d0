/** What somebody chose of how pages look; remembered by the browser. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";

import type { Language } from "../i18n/languages";
import { isKnownZone } from "../time/zone";

export type Theme = "auto" | "dark" | "light";

export interface Preferences {
  language: Language;
  theme: Theme;
  /** `server`, `browser`, or the name of a time zone. */
  zone: string;
}

const STORED = "gstnvr.preferences";

interface Access {
  preferences: Preferences;
  change: (changes: Partial<Preferences>) => void;
}

const PreferencesContext = createContext<Access | null>(null);

function firstLanguage(): Language {
  return navigator.languages.some((tag) => /^ko\b/i.test(tag)) ? "ko" : "en";
}

function stored(): Preferences {
  const found: Preferences = { language: firstLanguage(), theme: "auto", zone: "server" };
  let read: unknown;
  try {
    read = JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch (error) {
    if (error instanceof SyntaxError) return found;
    throw error;
  }
  if (typeof read !== "object" || read === null) return found;
  const { language, theme, zone } = read as Record<string, unknown>;
  if (language === "en" || language === "ko") found.language = language;
  if (theme === "dark" || theme === "light") found.theme = theme;
  if (typeof zone === "string" && (zone === "browser" || isKnownZone(zone))) found.zone = zone;
  return found;
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(stored);
  const change = useCallback((changes: Partial<Preferences>) => {
    setPreferences((before) => ({ ...before, ...changes }));
  }, []);
  useEffect(() => {
    localStorage.setItem(STORED, JSON.stringify(preferences));
    const page = document.documentElement;
    page.lang = preferences.language;
    if (preferences.theme === "auto") delete page.dataset.theme;
    else page.dataset.theme = preferences.theme;
  }, [preferences]);
  const access = useMemo(() => ({ preferences, change }), [preferences, change]);
  return <PreferencesContext value={access}>{children}</PreferencesContext>;
}

export function usePreferences(): Access {
  const access = useContext(PreferencesContext);
  if (access === null) throw new Error("usePreferences outside of PreferencesProvider");
  return access;
}
