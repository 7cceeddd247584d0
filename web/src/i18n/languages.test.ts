import { describe, expect, test } from "vitest";

import { ADVICE } from "./advice";
import { LABELS } from "./labels";
import { type Key, labelOf, LANGUAGES, type Text, TEXTS, translate } from "./languages";

const keys = Object.keys(TEXTS.en) as Key[];

function forms(text: Text): string[] {
  return typeof text === "string" ? [text] : Object.values(text);
}

function holders(text: Text): string[] {
  return [...new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort();
}

describe("texts", () => {
  test.each(LANGUAGES)("%s has every text and no other", (language) => {
    expect(Object.keys(TEXTS[language]).sort()).toEqual([...keys].sort());
    for (const key of keys) expect(forms(TEXTS[language][key]).filter((form) => !form.trim())).toEqual([]);
  });

  test.each(LANGUAGES)("%s has every form that its plural rules ask for", (language) => {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const key of keys) {
      const text = TEXTS[language][key];
      if (typeof text !== "string") expect(Object.keys(text).sort(), key).toEqual([...needed].sort());
    }
  });

  test("both languages take the same values", () => {
    for (const key of keys) expect(holders(TEXTS.ko[key]), key).toEqual(holders(TEXTS.en[key]));
  });

  test("Korean is Korean, but for what is not language", () => {
    const untranslated = keys.filter((key) => !forms(TEXTS.ko[key]).some((form) => /[가-힣]/.test(form)));
    expect(untranslated.sort()).toEqual([
      "camera.statistics",
      "storage.disks.temperature",
      "unit.celsius",
      "unit.mb",
      "unit.mbps",
      "unit.percent",
    ]);
  });

  test("so are the words of the API", () => {
    for (const words of Object.values(LABELS))
      for (const [english, korean] of Object.values(words)) {
        expect(english).toMatch(/^[A-Z]|^gstnvr/);
        expect(korean).toMatch(/[가-힣]/);
      }
  });
});

test("advice is given in both languages", () => {
  for (const [english, korean] of Object.values(ADVICE)) {
    expect(english).toMatch(/^[A-Z].*[.?:]$/);
    expect(korean).toMatch(/[가-힣].*\.$/);
  }
});

test("the number chooses the form, and values are put in", () => {
  expect(translate("en", "grid.summary", { n: 1 })).toBe("1 camera");
  expect(translate("en", "grid.summary", { n: 4 })).toBe("4 cameras");
  expect(translate("ko", "grid.summary", { n: 1 })).toBe("카메라 1대");
});

test("a word of a newer server is shown as it is", () => {
  expect(labelOf("ko", "gapCause", "network")).toBe("네트워크");
  expect(labelOf("ko", "gapCause", "sunspots")).toBe("sunspots");
});
