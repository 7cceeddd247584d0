import { useWords } from "../i18n/words";
import { RefusedSettings } from "../settings/api";
import { ProblemText } from "../settings/SettingRow";

/** Why a change was not made, if it was not. */
export function Failed({ error }: { error: Error | null }) {
  const { t, failure } = useWords();
  if (error === null) return null;
  return (
    <div role="alert">
      <p>{t(error instanceof RefusedSettings ? "settings.refused" : "settings.failed")}</p>
      {error instanceof RefusedSettings ? (
        error.problems.map((problem) => <ProblemText key={`${problem.key} ${problem.message}`} problem={problem} withKey />)
      ) : (
        <p>{failure(error)}</p>
      )}
    </div>
  );
}
