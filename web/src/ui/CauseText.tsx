import type { Reason } from "../api/types";
import { CAUSES_KO } from "../i18n/causesKo";
import { useWords } from "../i18n/words";

interface Props {
  cause: { reason: Reason; message: string };
  /** Where there is little room. */
  brief?: boolean;
}

/** Why something is wrong: kind, what it means and what to do, and what the server says of this case. */
export function CauseText({ cause: { reason, message }, brief = false }: Props) {
  const { label, language } = useWords();
  const kind = <strong>{label("reason", reason)}</strong>;
  if (language === "en")
    return (
      <>
        {kind} {message}
      </>
    );
  return (
    <>
      {kind} {CAUSES_KO[reason]}
      {!brief && (
        <>
          {" "}
          <span lang="en" className="quiet">
            {message}
          </span>
        </>
      )}
    </>
  );
}
