import { type KeyboardEvent, type RefObject, useRef, useState } from "react";

import { useWords } from "../i18n/words";
import type { Camera } from "../pages/cameras";
import { toneOf } from "../ui/StreamBadge";
import { besides, exchanged, replaced, type Tiles } from "./arrangement";
import { Tile } from "./Tile";
import { useDrag } from "./useDrag";

interface Props {
  list: RefObject<HTMLUListElement | null>;
  columns: number;
  /** Of the page that is shown. */
  tiles: Tiles;
  cameras: ReadonlyMap<string, Camera>;
  /** Those that have no place anywhere in the layout. */
  left: readonly Camera[];
  now: string;
  onChange: (tiles: Tiles) => void;
}

interface Picked {
  place: number;
  before: Tiles;
}

/** The grid while it is arranged: with the pointer, with a finger, or with the keyboard. */
export function Arranging({ list, columns, tiles, cameras, left, now, onChange }: Props) {
  const { t } = useWords();
  const [active, setActive] = useState(0);
  const [picked, setPicked] = useState<Picked | null>(null);
  const [said, setSaid] = useState("");
  const all = tiles.length;
  const nameAt = (place: number) => cameras.get(tiles[place] ?? "")?.name ?? t("grid.emptyPlace");
  const { drag, handlers } = useDrag((from, to) => {
    setActive(to);
    onChange(exchanged(tiles, from, to));
    setSaid(t("grid.movedTo", { name: nameAt(from), n: to + 1, all }));
  });
  const goTo = (place: number) => {
    setActive(place);
    list.current?.querySelector<HTMLElement>(`[data-place="${place}"] .tile-grip`)?.focus();
  };
  const put = (place: number, camera: string | null) => {
    onChange(replaced(tiles, place, camera));
    goTo(place);
  };
  const onKeyDown = (place: number) => (event: KeyboardEvent) => {
    const next = besides(place, event.key, columns, all);
    const name = nameAt(picked?.place ?? place);
    const empty = (tiles[place] ?? null) === null;
    if (next !== null) {
      goTo(next);
      if (picked !== null) {
        onChange(exchanged(tiles, place, next));
        setPicked({ ...picked, place: next });
        setSaid(t("grid.movedTo", { name, n: next + 1, all }));
      }
    } else if (event.key === " " || event.key === "Enter") {
      if (picked === null && empty) return;
      setPicked(picked === null ? { place, before: tiles } : null);
      setSaid(t(picked === null ? "grid.pickedUp" : "grid.putDown", { name, n: place + 1, all }));
    } else if (event.key === "Escape" && picked !== null) {
      onChange(picked.before);
      setPicked(null);
      setSaid(t("grid.putBack", { name }));
    } else if (event.key === "Delete" && picked === null && !empty) {
      onChange(replaced(tiles, place, null));
      setSaid(t("grid.takenOff", { name }));
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <p className="quiet" id="arrange-hint">
        {t("grid.arrangeHint")}
      </p>
      <p role="status" className="for-readers">
        {said}
      </p>
      <ul className="grid arranging" data-columns={columns} ref={list}>
        {tiles.map((id, place) => (
          <Place
            key={place}
            place={place}
            name={t("grid.place", { n: place + 1, all, name: nameAt(place) })}
            camera={cameras.get(id ?? "") ?? null}
            now={now}
            left={left}
            focusable={place === Math.min(active, all - 1)}
            picked={picked?.place === place || drag?.from === place}
            target={drag !== null && drag.over === place && drag.from !== place}
            by={drag?.from === place ? drag.by : null}
            grip={{ ...handlers(place), onKeyDown: onKeyDown(place) }}
            onPut={(camera) => {
              put(place, camera);
            }}
          />
        ))}
      </ul>
    </>
  );
}

interface PlaceProps {
  place: number;
  name: string;
  camera: Camera | null;
  now: string;
  left: readonly Camera[];
  focusable: boolean;
  picked: boolean;
  target: boolean;
  /** How far it has been drawn. */
  by: { x: number; y: number } | null;
  grip: object;
  onPut: (camera: string | null) => void;
}

function Place({ place, name, camera, now, left, focusable, picked, target, by, grip, onPut }: PlaceProps) {
  const { t } = useWords();
  const frame = useRef<HTMLLIElement>(null);
  return (
    <li
      ref={frame}
      className="tile"
      data-place={place}
      data-tone={camera === null ? undefined : toneOf(camera.main)}
      data-empty={camera === null}
      data-picked={picked}
      data-target={target}
      style={by === null ? undefined : { transform: `translate(${by.x}px, ${by.y}px)` }}
    >
      <div inert className="tile-content">
        {camera === null ? <div className="picture" /> : <Tile key={camera.id} {...{ camera, now, frame }} statistics={false} />}
      </div>
      <button
        type="button"
        className="tile-grip"
        tabIndex={focusable ? 0 : -1}
        aria-label={name}
        aria-pressed={picked}
        aria-roledescription={t("grid.movable")}
        aria-describedby="arrange-hint"
        {...grip}
      />
      {camera === null ? (
        <AddCamera place={place} left={left} onPut={onPut} />
      ) : (
        <button
          type="button"
          className="tile-off"
          aria-label={t("grid.takeOff", { name: camera.name })}
          onClick={() => {
            onPut(null);
          }}
        >
          <span aria-hidden="true">×</span>
        </button>
      )}
    </li>
  );
}

function AddCamera({ place, left, onPut }: { place: number; left: readonly Camera[]; onPut: (camera: string) => void }) {
  const { t } = useWords();
  if (left.length === 0) return null;
  return (
    <select
      className="tile-add"
      aria-label={t("grid.add", { n: place + 1 })}
      value=""
      onChange={({ target }) => {
        onPut(target.value);
      }}
    >
      <option value="">{t("grid.choose")}</option>
      {left.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}
