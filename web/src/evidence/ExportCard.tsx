import type { Export, Verification } from "../api/types";
import { useWords } from "../i18n/words";
import { ExportProgress, Progress } from "./ExportProgress";
import { useRemoveExport, useVerification } from "./queries";

const SHEET = "index.html";

/** An export: what it is, how far, and what can be done with it. */
export function ExportCard({ made, names }: { made: Export; names: ReadonlyMap<string, string> }) {
  const { t, label, dateTime, duration } = useWords();
  const cameras = made.cameras.map((id) => names.get(id) ?? id).join(", ");
  return (
    <article className="card" aria-label={`${cameras}, ${dateTime(made.start)}`}>
      <div className="card-head">
        <h2>{cameras}</h2>
        <span className="quiet">{label("exportKind", made.kind)}</span>
      </div>
      <p>
        {dateTime(made.start)} – {dateTime(made.end)} ·{" "}
        {duration((Date.parse(made.end) - Date.parse(made.start)) / 1000)}
      </p>
      <p className="quiet">
        {made.reason !== "" && `${made.reason} · `}
        {t("export.by", { user: made.user, time: dateTime(made.asked) })}
      </p>
      <ExportProgress made={made} />
      {made.state === "done" && <Content made={made} />}
      <Actions made={made} />
    </article>
  );
}

function Content({ made }: { made: Export }) {
  const { t, bytes, duration } = useWords();
  return (
    <>
      <p className={made.missing_s > 0 ? "bad-text" : "quiet"}>
        {made.missing_s > 0 ? t("export.missing", { duration: duration(made.missing_s) }) : t("export.whole")}
      </p>
      <details>
        <summary>{t("export.files", { n: made.files.length })}</summary>
        <ul className="plain">
          {made.files.map(({ name, url, bytes: size }) => (
            <li key={name}>
              <a href={url} download={name}>
                {name}
              </a>{" "}
              <span className="quiet">{bytes(size)}</span>
            </li>
          ))}
        </ul>
        <p className="quiet">
          {t("export.folder")}: <code>{made.folder}</code>
        </p>
      </details>
      {made.verification !== null && <Verified verification={made.verification} />}
    </>
  );
}

function Verified({ verification }: { verification: Verification }) {
  const { t, dateTime } = useWords();
  const { state, ended, problems, fingerprint, message } = verification;
  return (
    <div role="status" className="stacked">
      {state === "running" && (
        <Progress label={t("export.verifyProgress")} done={verification.done_bytes} total={verification.total_bytes} />
      )}
      {state === "unchanged" && (
        <p className="good-text">{t("export.unchanged", { time: ended === null ? "" : dateTime(ended) })}</p>
      )}
      {state === "changed" && (
        <div className="bad-text">
          <p>{t("export.changed")}</p>
          <ul lang="en">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
      {state === "failed" && <p className="bad-text">{t("export.verifyFailed", { message })}</p>}
      {fingerprint !== null && (
        <p className="quiet breaking">
          {t("export.key")}: <code>{fingerprint}</code>
        </p>
      )}
    </div>
  );
}

function Actions({ made }: { made: Export }) {
  const { t, bytes } = useWords();
  const remove = useRemoveExport();
  const verify = useVerification();
  const done = made.state === "done";
  const busy = made.state === "waiting" || made.state === "running";
  const sheet = made.files.find(({ name }) => name === SHEET);
  const size = made.files.reduce((total, file) => total + file.bytes, 0);
  const failed = remove.error ?? verify.error;
  return (
    <>
      <div className="buttons">
        {done && (
          <a className="button primary" href={`/api/v1/exports/${made.uid}/zip`} download>
            {t("export.download", { size: bytes(size) })}
          </a>
        )}
        {sheet !== undefined && (
          <a className="button" href={sheet.url} target="_blank" rel="noreferrer">
            {t("export.sheet")}
          </a>
        )}
        {done && (
          <button
            type="button"
            disabled={verify.isPending || made.verification?.state === "running"}
            onClick={() => {
              verify.mutate(made.uid);
            }}
          >
            {t("export.verify")}
          </button>
        )}
        <button
          type="button"
          disabled={remove.isPending}
          onClick={() => {
            if (window.confirm(t(busy ? "export.confirmStop" : "export.confirmRemove"))) remove.mutate(made.uid);
          }}
        >
          {t(busy ? "export.stop" : "export.remove")}
        </button>
      </div>
      {failed !== null && <p role="alert">{t("range.failed", { message: failed.message })}</p>}
    </>
  );
}
