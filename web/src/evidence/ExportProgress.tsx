import type { Export } from "../api/types";
import { useWords } from "../i18n/words";

/** In which state an export is, how far, and why it failed. */
export function ExportProgress({ made }: { made: Export }) {
  const { t, label } = useWords();
  const tones: Record<Export["state"], string> = { waiting: "off", running: "busy", done: "good", failed: "bad" };
  return (
    <div className="stacked">
      <p>
        <span className="badge" data-tone={tones[made.state]}>
          {label("exportState", made.state)}
        </span>{" "}
        {made.state === "running" && made.step !== "" && label("exportStep", made.step)}
      </p>
      {made.state === "running" && (
        <Progress label={t("export.progress")} done={made.done_bytes} total={made.total_bytes} />
      )}
      {made.state === "failed" && (
        <p className="bad-text" lang="en">
          {made.message}
        </p>
      )}
    </div>
  );
}

/** A bar; one that says nothing while it is not known how much there is to do. */
export function Progress({ label, done, total }: { label: string; done: number; total: number }) {
  return total > 0 ? <progress aria-label={label} value={Math.min(done, total)} max={total} /> : <progress aria-label={label} />;
}
