import { useWords } from "../i18n/words";
import { saidOf } from "./api";

/** Why something was not done, if it was not. */
export function Refusal({ error }: { error: Error | null }) {
  const { t, failure } = useWords();
  if (error === null) return null;
  const said = saidOf(error);
  return <p role="alert">{said === null ? failure(error) : t(said)}</p>;
}
