import { type ReactNode, useEffect, useId, useRef } from "react";

import { useWords } from "../i18n/words";

interface Props {
  question: string;
  /** What the button does that says yes. */
  yes: string;
  children?: ReactNode;
  busy?: boolean;
  onYes: () => void;
  onNo: () => void;
}

/** A question that must be answered before anything else. */
export function Ask({ question, yes, children, busy = false, onYes, onNo }: Props) {
  const { t } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={onNo}>
      <h2 id={heading}>{question}</h2>
      {children}
      <div className="buttons">
        <button type="button" autoFocus onClick={onNo}>
          {t("ask.no")}
        </button>
        <button type="button" className="danger" disabled={busy} onClick={onYes}>
          {yes}
        </button>
      </div>
    </dialog>
  );
}
