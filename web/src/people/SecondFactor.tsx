import { type SubmitEvent, useState } from "react";

import { TextLine } from "../admin/TextLine";
import type { components } from "../api/schema";
import { useWords } from "../i18n/words";
import { Card } from "../ui/Page";
import { beginCodes, confirmCodes, LOGINS, makeRecoveryCodes, OWN, removeCodes, useChange } from "./api";
import { Qr } from "./Qr";
import { Refusal } from "./Refusal";

interface Props {
  on: boolean;
  recoveryCodes: number;
}

/** The authenticator app, and the codes on paper for when it is lost. */
export function SecondFactor({ on, recoveryCodes }: Props) {
  const { t } = useWords();
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState<readonly string[] | null>(null);
  const begin = useChange(beginCodes);
  const remove = useChange(removeCodes, OWN);
  const make = useChange(makeRecoveryCodes, OWN);
  const makeCodes = () => {
    make.mutate(password, {
      onSuccess: ({ codes }) => {
        setShown(codes);
        setPassword("");
      },
    });
  };
  const error = begin.error ?? remove.error ?? make.error;
  return (
    <Card title={t("factor.title")}>
      <p>{on ? t("factor.on", { n: recoveryCodes }) : t("factor.off")}</p>
      {shown !== null && <Codes codes={shown} />}
      {begin.data === undefined ? (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
          }}
        >
          <TextLine
            label={t("account.current")}
            type="password"
            autoComplete="current-password"
            value={password}
            onChange={setPassword}
          />
          <Refusal error={error} />
          <div className="buttons">
            <button type="button" disabled={password === "" || begin.isPending} onClick={() => { begin.mutate(password); }}>
              {t(on ? "factor.another" : "factor.begin")}
            </button>
            {on && (
              <>
                <button type="button" disabled={password === "" || make.isPending} onClick={makeCodes}>
                  {t("factor.newCodes")}
                </button>
                <button
                  type="button"
                  className="danger"
                  disabled={password === "" || remove.isPending}
                  onClick={() => {
                    setShown(null);
                    remove.mutate(password, { onSuccess: () => { setPassword(""); } });
                  }}
                >
                  {t("factor.remove")}
                </button>
              </>
            )}
          </div>
        </form>
      ) : (
        <Confirm
          begun={begin.data}
          onDone={() => {
            begin.reset();
            makeCodes();
          }}
        />
      )}
    </Card>
  );
}

function Confirm({ begun, onDone }: { begun: components["schemas"]["Enrolment"]; onDone: () => void }) {
  const { t } = useWords();
  const [code, setCode] = useState("");
  const confirm = useChange(confirmCodes, OWN, LOGINS);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    confirm.mutate(code, { onSuccess: onDone });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p>{t("factor.scan")}</p>
      <Qr rows={begun.qr} label={t("factor.qr")} />
      <p className="quiet">
        {t("factor.byHand")} <code data-secret>{begun.secret}</code>
      </p>
      <TextLine label={t("factor.code")} value={code} required autoComplete="one-time-code" onChange={setCode} />
      <Refusal error={confirm.error} />
      <button type="submit" className="primary" disabled={confirm.isPending}>
        {t("factor.confirm")}
      </button>
    </form>
  );
}

function Codes({ codes }: { codes: readonly string[] }) {
  const { t } = useWords();
  return (
    <div role="status" className="shown-once">
      <p>{t("factor.codesOnce")}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
