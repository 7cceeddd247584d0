import { useId } from "react";

import { LANGUAGE_NAMES, LANGUAGES, type Language } from "../i18n/languages";
import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { useClosing } from "../ui/closing";
import { LogOut } from "./LogOut";
import { type Theme, usePreferences } from "./preferences";
import { browserZone, useServerZone } from "./zone";

const THEMES: readonly Theme[] = ["auto", "dark", "light"];

/** Language, appearance and time zone. */
export function DisplayMenu() {
  const { t } = useWords();
  const { preferences, change } = usePreferences();
  const menu = useClosing();
  const heading = useId();
  return (
    <details className="menu" ref={menu}>
      <summary aria-labelledby={heading}>
        <span id={heading}>{t("prefs.label")}</span>
      </summary>
      <div className="menu-content">
        <Choice
          label={t("prefs.language")}
          value={preferences.language}
          options={LANGUAGES.map((one): [Language, string] => [one, LANGUAGE_NAMES[one]])}
          onChange={(language) => {
            change({ language });
          }}
        />
        <Choice
          label={t("prefs.theme")}
          value={preferences.theme}
          options={THEMES.map((one): [Theme, string] => [one, t(`prefs.theme.${one}`)])}
          onChange={(theme) => {
            change({ theme });
          }}
        />
        <ZoneChoice />
        <LogOut />
      </div>
    </details>
  );
}

function ZoneChoice() {
  const { t } = useWords();
  const { preferences, change } = usePreferences();
  const server = useServerZone();
  const options: [string, string][] = [
    ["server", t("prefs.zone.server", { zone: server })],
    ["browser", t("prefs.zone.browser", { zone: browserZone() })],
    ...["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone): [string, string] => [zone, zone]),
  ];
  return (
    <Choice
      label={t("prefs.zone")}
      value={preferences.zone}
      options={options}
      onChange={(zone) => {
        change({ zone });
      }}
    />
  );
}
