import { en } from "./en";
import { ko } from "./ko";
import { LABELS, type LabelKind } from "./labels";
import { operationEn, operationKo } from "./operation";

export type Language = "en" | "ko";
const english = { ...en, ...operationEn };

export type Key = keyof typeof english;
/** A text, or its forms by number; `{name}` stands for a value. */
export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Values = Record<string, string | number>;

export const LANGUAGES: readonly Language[] = ["en", "ko"];
export const LANGUAGE_NAMES: Record<Language, string> = { en: "English", ko: "한국어" };

export const TEXTS: Record<Language, Record<Key, Text>> = {
  en: english,
  ko: { ...ko, ...operationKo },
};

const plurals = {
  en: new Intl.PluralRules("en"),
  ko: new Intl.PluralRules("ko"),
};

/** A text in a language, with its values put in; the value `n` chooses the form. */
export function translate(language: Language, key: Key, values: Values = {}): string {
  const text = TEXTS[language][key];
  const form = typeof text === "string" ? text : formOf(language, text, Number(values.n));
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function formOf(language: Language, text: Exclude<Text, string>, n: number): string {
  return text[plurals[language].select(n)] ?? text.other ?? "";
}

/** What a word of the API is called; the word itself, if the server is newer than this page. */
export function labelOf(language: Language, kind: LabelKind, value: string): string {
  const words: Record<string, readonly [string, string]> = LABELS[kind];
  const pair = words[value];
  if (pair === undefined) return value;
  return language === "ko" ? pair[1] : pair[0];
}
