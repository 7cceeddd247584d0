import type { Layout } from "../api/types";
import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { SIZES } from "./arrangement";
import { GridMenu, SaveButtons } from "./LayoutMenu";
import type { GridPreferences } from "./preferences";
import { ALL, type Chosen } from "./useArrangement";

interface Props {
  chosen: Chosen;
  layouts: readonly Layout[];
  first: string | null;
  preferences: GridPreferences;
  onPreferences: (changes: Partial<GridPreferences>) => void;
  arranging: boolean;
  onArrange: (arranging: boolean) => void;
  onFullScreen: () => void;
}

/** Which layout, how large, which page, and what else can be done with it. */
export function GridBar(props: Props) {
  const { chosen, layouts, first, preferences, onPreferences, arranging, onArrange, onFullScreen } = props;
  const { t } = useWords();
  const options = layouts.map(({ uid, name, shared }): [string, string] => [
    uid,
    shared ? t("grid.ofEverybody", { name }) : name,
  ]);
  return (
    <div className="toolbar">
      <Choice
        label={t("grid.layout")}
        value={chosen.layout?.uid ?? ALL}
        options={[[ALL, t("grid.all")], ...options]}
        onChange={(uid) => {
          chosen.choose(uid);
        }}
      />
      <Choice
        label={t("grid.size")}
        value={String(chosen.arrangement.size)}
        options={SIZES.map((n): [string, string] => [String(n), n === 0 ? t("grid.auto") : `${n}×${n}`])}
        onChange={(size) => {
          if (chosen.layout === null && !chosen.changed) onPreferences({ size: Number(size) });
          else chosen.change({ ...chosen.arrangement, size: Number(size) });
        }}
      />
      {chosen.pages.length > 1 && <Pager chosen={chosen} />}
      {chosen.changed && <span className="quiet">{t("grid.changed")}</span>}
      <SaveButtons chosen={chosen} />
      <button
        type="button"
        aria-pressed={arranging}
        onClick={() => {
          onArrange(!arranging);
        }}
      >
        {t(arranging ? "grid.arranged" : "grid.arrange")}
      </button>
      <button type="button" disabled={arranging} onClick={onFullScreen}>
        {t("grid.fullscreen")}
      </button>
      <GridMenu {...{ chosen, first, preferences, onPreferences }} />
    </div>
  );
}

function Pager({ chosen: { page, pages, turnTo } }: { chosen: Chosen }) {
  const { t } = useWords();
  const all = pages.length;
  return (
    <div className="pager">
      <button
        type="button"
        aria-label={t("grid.previousPage")}
        onClick={() => {
          turnTo((page + all - 1) % all);
        }}
      >
        <span aria-hidden="true">‹</span>
      </button>
      <span>{t("grid.page", { n: page + 1, all })}</span>
      <button
        type="button"
        aria-label={t("grid.nextPage")}
        onClick={() => {
          turnTo((page + 1) % all);
        }}
      >
        <span aria-hidden="true">›</span>
      </button>
    </div>
  );
}
