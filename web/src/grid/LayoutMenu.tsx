import { useId, useState } from "react";

import { useMay } from "../api/access";
import type { Layout } from "../api/types";
import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { Dialog } from "../ui/Dialog";
import { filledIn } from "../ui/Field";
import { useClosing } from "../ui/closing";
import { tidied } from "./arrangement";
import { type GridPreferences, INTERVALS_S, type Sequence, SEQUENCES } from "./preferences";
import { useAddLayout, useChangeLayout, useChooseDefault, useRemoveLayout } from "./queries";
import { ALL, type Chosen } from "./useArrangement";

interface Props {
  chosen: Chosen;
  first: string | null;
  preferences: GridPreferences;
  onPreferences: (changes: Partial<GridPreferences>) => void;
}

/** What is chosen once and then left as it is. */
export function GridMenu({ chosen, first, preferences, onPreferences }: Props) {
  const { t } = useWords();
  const menu = useClosing();
  const { statistics, sequence, everyS } = preferences;
  return (
    <details className="menu" ref={menu}>
      <summary>{t("grid.more")}</summary>
      <div className="menu-content">
        <label className="check">
          <input
            type="checkbox"
            checked={statistics}
            onChange={({ target }) => {
              onPreferences({ statistics: target.checked });
            }}
          />
          {t("grid.statistics")}
        </label>
        <Choice
          label={t("grid.sequence")}
          value={sequence}
          options={SEQUENCES.map((one): [Sequence, string] => [one, t(`grid.sequence.${one}`)])}
          onChange={(one) => {
            onPreferences({ sequence: one });
          }}
        />
        <Choice
          label={t("grid.every")}
          value={String(everyS)}
          options={INTERVALS_S.map((n): [string, string] => [String(n), t("grid.seconds", { n })])}
          onChange={(n) => {
            onPreferences({ everyS: Number(n) });
          }}
        />
        {chosen.layout !== null && <OfLayout layout={chosen.layout} chosen={chosen} first={first} />}
      </div>
    </details>
  );
}

function OfLayout({ layout, chosen, first }: { layout: Layout; chosen: Chosen; first: string | null }) {
  const { t } = useWords();
  const choose = useChooseDefault();
  const remove = useRemoveLayout();
  const mayChange = useMay("administrator") || !layout.shared;
  const failed = choose.error ?? remove.error;
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={(choose.isPending ? choose.variables : first) === layout.uid}
          disabled={choose.isPending}
          onChange={({ target }) => {
            choose.mutate(target.checked ? layout.uid : null);
          }}
        />
        {t("grid.first")}
      </label>
      {mayChange && (
        <button
          type="button"
          className="danger"
          disabled={remove.isPending}
          onClick={() => {
            if (!window.confirm(t("grid.confirmDelete", { name: layout.name }))) return;
            remove.mutate(layout, {
              onSuccess: () => {
                chosen.choose(ALL);
              },
            });
          }}
        >
          {t("grid.delete")}
        </button>
      )}
      {failed !== null && <p role="alert">{t("grid.notDone", { message: failed.message })}</p>}
    </>
  );
}

/** Saving what was changed of a layout. */
export function SaveButtons({ chosen }: { chosen: Chosen }) {
  const { t } = useWords();
  const [asked, setAsked] = useState(false);
  const save = useChangeLayout();
  const { layout, arrangement, changed } = chosen;
  const mayChange = useMay("administrator") || layout?.shared === false;
  if (!changed) return null;
  return (
    <>
      {layout !== null && mayChange && (
        <button
          type="button"
          className="primary"
          disabled={save.isPending}
          onClick={() => {
            const { size, tiles } = tidied(arrangement);
            save.mutate({ layout, body: { name: layout.name, size, tiles: [...tiles] } }, { onSuccess: chosen.discard });
          }}
        >
          {t("grid.save")}
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          setAsked(true);
        }}
      >
        {t("grid.saveAs")}
      </button>
      <button type="button" onClick={chosen.discard}>
        {t("grid.discard")}
      </button>
      {save.error !== null && <p role="alert">{t("grid.notDone", { message: save.error.message })}</p>}
      {asked && (
        <SaveDialog
          chosen={chosen}
          onClose={() => {
            setAsked(false);
          }}
        />
      )}
    </>
  );
}

function SaveDialog({ chosen, onClose }: { chosen: Chosen; onClose: () => void }) {
  const { t } = useWords();
  const id = useId();
  const add = useAddLayout();
  const mayShare = useMay("administrator");
  return (
    <Dialog title={t("grid.saveDialog")} onClose={onClose}>
      <form
        className="stacked"
        onSubmit={(event) => {
          event.preventDefault();
          const { size, tiles } = tidied(chosen.arrangement);
          const name = filledIn(event.currentTarget, "name").trim();
          const shared = filledIn(event.currentTarget, "shared") === "yes";
          add.mutate(
            { shared, body: { name, size, tiles: [...tiles] } },
            {
              onSuccess: ({ uid }) => {
                chosen.choose(uid);
                onClose();
              },
            },
          );
        }}
      >
        <div className="choice">
          <label htmlFor={id}>{t("grid.name")}</label>
          <input id={id} name="name" maxLength={60} required pattern=".*\S.*" autoComplete="off" />
        </div>
        {mayShare && (
          <label className="check">
            <input type="checkbox" name="shared" value="yes" />
            {t("grid.share")}
          </label>
        )}
        {add.error !== null && <p role="alert">{t("grid.notDone", { message: add.error.message })}</p>}
        <div className="buttons">
          <button type="submit" className="primary" disabled={add.isPending}>
            {t("grid.save")}
          </button>
          <button type="button" onClick={onClose}>
            {t("grid.cancel")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
