import type { Deletion } from "../api/types";
import { useWords } from "../i18n/words";
import { Progress } from "./ExportProgress";

/** How far a deletion is, and what stays. */
export function DeletionView({ deletion, name }: { deletion: Deletion; name: string }) {
  const { t, label, bytes, dateTime } = useWords();
  const { state, start, end, segments, deleted, deleted_bytes: size, kept, message, user, reason, asked } = deletion;
  const tones = { running: "busy", done: "good", failed: "bad" } as const;
  return (
    <div className="stacked">
      <p>
        <strong>{name}</strong> {dateTime(start)} – {dateTime(end)}{" "}
        <span className="badge" data-tone={tones[state]}>
          {label("deletionState", state)}
        </span>
      </p>
      {state === "running" && <Progress label={t("delete.progress")} done={deleted} total={segments} />}
      <p>{t("delete.count", { done: deleted, all: segments, size: bytes(size) })}</p>
      {kept.map(({ why, segments: n }) => (
        <p key={why} className="quiet">
          {t("delete.kept", { n })}: {label("keptWhy", why)}
        </p>
      ))}
      {state === "failed" && <p className="bad-text">{t("delete.failed", { message })}</p>}
      <p className="quiet">
        {reason} · {t("export.by", { user, time: dateTime(asked) })}
      </p>
    </div>
  );
}
