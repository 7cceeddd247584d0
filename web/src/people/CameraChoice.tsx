import { useStreams } from "../api/queries";
import { useWords } from "../i18n/words";
import { camerasOf } from "../pages/cameras";

interface Props {
  /** Ids; null: all, also those that come later. */
  value: readonly string[] | null;
  onChange: (value: string[] | null) => void;
}

/** Which cameras somebody sees. */
export function CameraChoice({ value, onChange }: Props) {
  const { t } = useWords();
  const known = camerasOf(useStreams().data?.streams ?? []).map(({ id, name }) => ({ id, name }));
  const gone = (value ?? []).filter((id) => known.every((one) => one.id !== id)).map((id) => ({ id, name: id }));
  return (
    <fieldset className="settings-entry">
      <legend>{t("users.cameras")}</legend>
      <label className="tick">
        <input
          type="checkbox"
          checked={value === null}
          onChange={(event) => {
            onChange(event.target.checked ? null : []);
          }}
        />{" "}
        {t("users.allCameras")}
      </label>
      {value !== null &&
        [...known, ...gone].map(({ id, name }) => (
          <label key={id} className="tick">
            <input
              type="checkbox"
              checked={value.includes(id)}
              onChange={(event) => {
                onChange(event.target.checked ? [...value, id] : value.filter((one) => one !== id));
              }}
            />{" "}
            {name}
          </label>
        ))}
    </fieldset>
  );
}
