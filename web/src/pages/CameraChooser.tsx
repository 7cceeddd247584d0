import { useWords } from "../i18n/words";
import { MOST_CAMERAS } from "../playback/playback";
import { useClosing } from "../ui/closing";
import type { Camera } from "./cameras";

interface Props {
  /** The first is shown anyway. */
  chosen: readonly string[];
  cameras: readonly Camera[];
  onChoose: (chosen: readonly string[]) => void;
}

/** Which cameras are played together with the first. */
export function CameraChooser({ chosen, cameras, onChoose }: Props) {
  const { t } = useWords();
  const menu = useClosing();
  const [first] = chosen;
  const full = chosen.length >= MOST_CAMERAS;
  return (
    <details className="menu chosen-cameras" ref={menu}>
      <summary>{chosen.length > 1 ? t("play.withCount", { count: chosen.length - 1 }) : t("play.with")}</summary>
      <div className="menu-content">
        {cameras
          .filter(({ id }) => id !== first)
          .map(({ id, name }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={chosen.includes(id)}
                disabled={full && !chosen.includes(id)}
                onChange={({ target }) => {
                  onChoose(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id));
                }}
              />
              {name}
            </label>
          ))}
        {full && <p className="quiet">{t("play.most", { count: MOST_CAMERAS })}</p>}
        <button
          type="button"
          disabled={chosen.length < 2}
          onClick={() => {
            onChoose(chosen.slice(0, 1));
          }}
        >
          {t("play.alone")}
        </button>
      </div>
    </details>
  );
}
