import { useQuery } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";

import { useMay, useSession } from "../api/access";
import { answer, client } from "../api/client";
import { useWords } from "../i18n/words";
import { Card } from "../ui/Page";

const ASK_MS = 5000;
const TOKEN = "TOKEN";

/** Where other programs watch a camera over RTSP; nothing while that is off, but for who could switch it on. */
export function Restream({ camera }: { camera: string }) {
  const { t } = useWords();
  const mayChange = useMay("administrator");
  const { data } = useQuery({
    queryKey: ["restream", camera],
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/cameras/{camera}/streams/{kind}/restream", {
          params: { path: { camera, kind: "main" } },
          signal,
        }),
      ),
    refetchInterval: ASK_MS,
  });
  if (data === undefined || (data.url === null && data.problem === null && !mayChange)) return null;
  return (
    <Card title={t("restream.title")}>
      {data.url === null && data.problem === null && <p className="quiet">{t("restream.off")}</p>}
      {data.problem !== null && (
        <p className="cause" lang="en">
          {data.problem}
        </p>
      )}
      {data.url !== null && (
        <>
          <Address url={data.url} />
          <p className="quiet">{t("restream.token")}</p>
          {data.only_this_machine && <p className="quiet">{t("restream.onlyHere")}</p>}
          <p>{t("restream.watching", { n: data.watching })}</p>
        </>
      )}
    </Card>
  );
}

/** With the name of the one who looks, and a place for a token. */
function Address({ url }: { url: string }) {
  const { t } = useWords();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const session = useSession().data;
  const user = session?.kind === "in" ? encodeURIComponent(session.name) : "USER";
  const full = url.replace("://", `://${user}:${TOKEN}@`);

  const copy = async () => {
    field.current?.select();
    // Browsers give pages the clipboard only where nobody can have changed them on the way.
    if (window.isSecureContext) await navigator.clipboard.writeText(full);
    setCopied(window.isSecureContext);
  };
  return (
    <div className="choice">
      <label htmlFor={id}>{t("restream.address")}</label>
      <div className="address">
        <input
          ref={field}
          id={id}
          readOnly
          value={full}
          lang="en"
          onFocus={(event) => {
            event.target.select();
          }}
        />
        <button type="button" onClick={() => void copy()}>
          {t("restream.copy")}
        </button>
        <span className="for-readers" role="status">
          {copied ? t("restream.copied") : ""}
        </span>
        {copied && (
          <span aria-hidden="true" className="quiet">
            {t("restream.copied")}
          </span>
        )}
      </div>
    </div>
  );
}
