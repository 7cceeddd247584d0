import { useMemo } from "react";

import { usePreferences } from "../app/preferences";
import { useZone } from "../app/zone";
import { bytesText, durationText, percentText } from "./amounts";
import { errorText } from "./errors";
import { type Key, type Language, labelOf, translate, type Values } from "./languages";
import type { LabelKind } from "./labels";

export interface Words {
  language: Language;
  zone: string;
  t: (key: Key, values?: Values) => string;
  label: (kind: LabelKind, value: string) => string;
  /** Why something failed. */
  failure: (error: Error) => string;
  bytes: (count: number) => string;
  duration: (seconds: number) => string;
  percent: (share: number) => string;
  /** Of a moment in milliseconds or as ISO 8601. */
  dateTime: (moment: number | string) => string;
  time: (moment: number | string) => string;
  date: (moment: number | string) => string;
}

const LOCALES: Record<Language, string> = { en: "en-GB", ko: "ko-KR" };

function wordsIn(language: Language, zone: string): Words {
  const locale = LOCALES[language];
  const zoned = { timeZone: zone, hourCycle: "h23" } as const;
  const day = { year: "numeric", month: "short", day: "numeric" } as const;
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const dateTime = new Intl.DateTimeFormat(locale, { ...zoned, ...day, ...clock });
  const time = new Intl.DateTimeFormat(locale, { ...zoned, ...clock });
  const date = new Intl.DateTimeFormat(locale, { ...zoned, ...day, weekday: "short" });
  const ms = (moment: number | string) => (typeof moment === "string" ? Date.parse(moment) : moment);
  return {
    language,
    zone,
    t: (key, values) => translate(language, key, values),
    label: (kind, value) => labelOf(language, kind, value),
    failure: (error) => errorText(language, error),
    bytes: bytesText,
    duration: (seconds) => durationText(seconds, language),
    percent: percentText,
    dateTime: (moment) => dateTime.format(ms(moment)),
    time: (moment) => time.format(ms(moment)),
    date: (moment) => date.format(ms(moment)),
  };
}

/** Everything that turns values into words, in the chosen language and time zone. */
export function useWords(): Words {
  const { language } = usePreferences().preferences;
  const zone = useZone();
  return useMemo(() => wordsIn(language, zone), [language, zone]);
}
