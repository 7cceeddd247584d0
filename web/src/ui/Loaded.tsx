import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ApiError } from "../api/client";
import { useWords } from "../i18n/words";

interface Props<Data> {
  query: UseQueryResult<Data>;
  /** What is said of an answer that something is not known yet. */
  notYet?: string;
  children: (data: Data) => ReactNode;
}

/** Shows what was asked for, that it is on its way, or why it did not come. */
export function Loaded<Data>({ query, notYet, children }: Props<Data>) {
  const { t, failure } = useWords();
  if (query.data !== undefined) return children(query.data);
  if (!query.isError) return <p className="quiet">{t("app.loading")}</p>;
  if (notYet !== undefined && query.error instanceof ApiError && query.error.status === 503)
    return <p className="quiet">{notYet}</p>;
  return (
    <div role="alert" className="failure">
      <p>
        {t("app.failed")}: {failure(query.error)}
      </p>
      <button type="button" onClick={() => void query.refetch()}>
        {t("app.retry")}
      </button>
    </div>
  );
}
