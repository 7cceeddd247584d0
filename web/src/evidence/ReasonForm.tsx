import { type ReactNode, useId } from "react";

import { useWords } from "../i18n/words";
import { filledIn } from "../ui/Field";

interface Props {
  submit: string;
  danger?: boolean;
  /** It cannot be left empty. */
  needed?: boolean;
  busy: boolean;
  error: Error | null;
  onSubmit: (reason: string, form: HTMLFormElement) => void;
  onCancel: () => void;
  children?: ReactNode;
}

/** A form that ends with the reason for what is ordered. */
export function ReasonForm({ submit, danger = false, needed = true, busy, error, onSubmit, onCancel, children }: Props) {
  const { t } = useWords();
  const id = useId();
  return (
    <form
      className="stacked"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(filledIn(event.currentTarget, "reason").trim(), event.currentTarget);
      }}
    >
      {children}
      <div className="choice">
        <label htmlFor={id}>{t("range.reason")}</label>
        <input id={id} name="reason" maxLength={1000} required={needed} pattern={needed ? ".*\\S.*" : undefined} />
      </div>
      {error !== null && <p role="alert">{t("range.failed", { message: error.message })}</p>}
      <div className="buttons">
        <button type="submit" className={danger ? "danger" : "primary"} disabled={busy}>
          {submit}
        </button>
        <button type="button" onClick={onCancel}>
          {t("range.cancel")}
        </button>
      </div>
    </form>
  );
}
