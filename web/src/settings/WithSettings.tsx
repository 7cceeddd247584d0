import type { ReactNode } from "react";

import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { type SettingsFile, type SettingsMeaning, useSettingsFile, useSettingsMeaning } from "./api";

/** For pages that show settings, or some of them. */
export function WithSettings({ children }: { children: (file: SettingsFile, meaning: SettingsMeaning) => ReactNode }) {
  const { language } = useWords();
  const file = useSettingsFile();
  const meaning = useSettingsMeaning(language);
  return (
    <Loaded query={file}>{(read) => <Loaded query={meaning}>{(found) => children(read, found)}</Loaded>}</Loaded>
  );
}
