import { useQuery } from "@tanstack/react-query";

import { answer, client } from "../api/client";
import type { CheckState, DiagnosticsFile, HealthCheck } from "../api/types";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";

const TONES = { ok: "good", warning: "busy", failed: "bad" } as const;
const WORST_FIRST: readonly CheckState[] = ["failed", "warning", "ok"];

/** What is wrong with this machine and what to do, and everything for whoever is asked for help. */
export function DiagnosticsPage() {
  const { t } = useWords();
  return (
    <Page title={t("diagnostics.title")}>
      <Checks />
      <Bundle />
    </Page>
  );
}

function Checks() {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ["checks"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/diagnostics/checks", { signal })),
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Card
      title={t("diagnostics.checks")}
      aside={
        <button type="button" disabled={query.isFetching} onClick={() => void query.refetch()}>
          {t("diagnostics.again")}
        </button>
      }
    >
      {query.isFetching ? (
        <p role="status" className="quiet">
          {t("diagnostics.checking")}
        </p>
      ) : (
        <Loaded query={query}>{({ checks }) => <Found checks={checks} />}</Loaded>
      )}
    </Card>
  );
}

function Found({ checks }: { checks: readonly HealthCheck[] }) {
  const { t } = useWords();
  const of = (state: CheckState) => checks.filter((check) => check.state === state);
  const [failed, warned, good] = [of("failed").length, of("warning").length, of("ok").length];
  const parts = [
    failed > 0 ? t("diagnostics.someFail", { n: failed }) : null,
    warned > 0 ? t("diagnostics.someWarn", { n: warned }) : null,
    failed + warned === 0 ? t("diagnostics.allGood") : null,
    t("diagnostics.good", { n: good }),
  ];
  return (
    <>
      <p>{parts.filter((part) => part !== null).join(" · ")}</p>
      <ul className="plain checks">
        {WORST_FIRST.flatMap(of).map((check, number) => (
          <Check key={number} check={check} />
        ))}
      </ul>
    </>
  );
}

function Check({ check: { name, state, found, remedy, advice } }: { check: HealthCheck }) {
  const { label } = useWords();
  return (
    <li>
      <span className="badge" data-tone={TONES[state]}>
        {label("checkState", state)}
      </span>
      <div>
        <strong>{label("checkName", name)}</strong> <span lang="en">{found}</span>
        {remedy !== null && (
          <p className="remedy">
            {label("remedy", remedy)}. <span lang="en">{advice}</span>
          </p>
        )}
      </div>
    </li>
  );
}

function Bundle() {
  const { t } = useWords();
  const query = useQuery({
    queryKey: ["diagnostics contents"],
    queryFn: ({ signal }) => answer(client.GET("/api/v1/diagnostics/contents", { signal })),
    enabled: false,
    gcTime: 0,
  });
  return (
    <Card title={t("diagnostics.bundle")}>
      <p>{t("diagnostics.bundleHint")}</p>
      <div className="buttons">
        <a className="button" href="/api/v1/diagnostics" download>
          {t("diagnostics.save")}
        </a>
        <button type="button" disabled={query.isFetching} onClick={() => void query.refetch()}>
          {query.data === undefined ? t("diagnostics.look") : t("diagnostics.lookAgain")}
        </button>
      </div>
      {(query.isFetched || query.isFetching) && (
        <Loaded query={query}>
          {({ files }) => (
            <ul className="plain">
              {files.map((file) => (
                <File key={file.name} file={file} />
              ))}
            </ul>
          )}
        </Loaded>
      )}
    </Card>
  );
}

function File({ file: { name, bytes: size, beginning } }: { file: DiagnosticsFile }) {
  const { t, bytes } = useWords();
  const shown = new Blob([beginning]).size;
  return (
    <li>
      <details>
        <summary>
          <span lang="en">{name}</span> <span className="quiet">{bytes(size)}</span>
        </summary>
        {shown < size && <p className="quiet">{t("diagnostics.part", { shown: bytes(shown), size: bytes(size) })}</p>}
        <pre lang="en" tabIndex={0}>
          {beginning}
        </pre>
      </details>
    </li>
  );
}
