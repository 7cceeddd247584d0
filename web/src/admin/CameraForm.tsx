import { type SubmitEvent, useState } from "react";

import { useWords } from "../i18n/words";
import { apart, freeId, useCameraChange } from "../settings/cameras";
import type { Tree } from "../settings/draft";
import { Choice } from "../ui/Choice";
import { Failed } from "./Failed";
import { TextLine } from "./TextLine";
import { TryCamera } from "./TryCamera";

const TRANSPORTS = ["tcp", "udp", "multicast", "http"] as const;

interface Draft {
  name: string;
  id: string;
  url: string;
  username: string;
  password: string;
  transport: (typeof TRANSPORTS)[number];
  fingerprint: string;
  acceptAny: boolean;
}

const EMPTY: Draft = {
  name: "",
  id: "",
  url: "",
  username: "",
  password: "",
  transport: "tcp",
  fingerprint: "",
  acceptAny: false,
};

/** A new camera, by its address. */
export function CameraForm({ taken, onAdded }: { taken: readonly string[]; onAdded: (id: string) => void }) {
  const { t } = useWords();
  const [draft, setDraft] = useState(EMPTY);
  const add = useCameraChange();
  const put = (changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
  };
  const { name, url, username, password, transport } = draft;
  const id = draft.id === "" ? freeId(name, taken) : draft.id;
  const isTaken = taken.includes(id);
  const encrypted = /^(rtsps|https):/i.test(url);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate(
      { id, change: cameraOf(draft, encrypted) },
      {
        onSuccess: () => {
          setDraft(EMPTY);
          onAdded(id);
        },
      },
    );
  };
  return (
    <form className="camera-form" onSubmit={submit}>
      <TextLine
        label={t("cameras.url")}
        hint={t("cameras.urlHint")}
        value={url}
        required
        onChange={(text) => {
          put({ url: text });
        }}
        onLeave={() => {
          const { url: bare, username: user, password: word } = apart(url);
          put({ url: bare, ...(user === "" ? {} : { username: user }), ...(word === "" ? {} : { password: word }) });
        }}
      />
      <div className="two">
        <TextLine label={t("cameras.user")} value={username} onChange={(text) => { put({ username: text }); }} />
        <TextLine
          label={t("cameras.password")}
          hint={t("cameras.passwordHint")}
          type="password"
          value={password}
          onChange={(text) => { put({ password: text }); }}
        />
      </div>
      <div className="two">
        <TextLine label={t("cameras.name")} value={name} onChange={(text) => { put({ name: text }); }} />
        <TextLine
          label={t("cameras.id")}
          hint={isTaken ? t("cameras.idTaken") : t("cameras.idHint")}
          value={draft.id}
          placeholder={id}
          onChange={(text) => { put({ id: text }); }}
        />
      </div>
      <Choice
        label={t("cameras.transport")}
        value={transport}
        options={TRANSPORTS.map((one) => [one, t(`cameras.transport.${one}`)] as const)}
        onChange={(one) => { put({ transport: one }); }}
      />
      {encrypted && <Certificate draft={draft} put={put} />}
      <TryCamera wish={wishOf(draft, encrypted)} onFingerprint={(fingerprint) => { put({ fingerprint, acceptAny: false }); }} />
      <Failed error={add.error} />
      <button type="submit" className="primary" disabled={url === "" || isTaken || add.isPending}>
        {t("cameras.add")}
      </button>
    </form>
  );
}

function Certificate({ draft, put }: { draft: Draft; put: (changes: Partial<Draft>) => void }) {
  const { t } = useWords();
  return (
    <>
      <TextLine
        label={t("cameras.fingerprint")}
        hint={t("cameras.fingerprintHint")}
        value={draft.fingerprint}
        onChange={(fingerprint) => { put({ fingerprint }); }}
      />
      <label className="tick">
        <input
          type="checkbox"
          checked={draft.acceptAny}
          onChange={(event) => { put({ acceptAny: event.target.checked }); }}
        />{" "}
        {t("cameras.acceptAny")}
      </label>
    </>
  );
}

function wishOf({ url, username, password, transport, fingerprint, acceptAny }: Draft, encrypted: boolean) {
  const bare = apart(url);
  const user = username || bare.username;
  const word = password || bare.password;
  return {
    url: bare.url,
    ...(user === "" ? {} : { username: user }),
    ...(word === "" ? {} : { password: word }),
    transport,
    ...(encrypted && fingerprint !== "" ? { tls_fingerprint: fingerprint } : {}),
    tls_accept_any: encrypted && acceptAny,
  };
}

/** The camera as the configuration file is to have it, but for its password, which the server seals. */
function cameraOf(draft: Draft, encrypted: boolean): Tree {
  const { transport, ...main } = wishOf(draft, encrypted);
  const { tls_accept_any: any, ...others } = main;
  return {
    ...(draft.name.trim() === "" ? {} : { name: draft.name.trim() }),
    main: { ...others, ...(transport === "tcp" ? {} : { transport }), ...(any ? { tls_accept_any: true } : {}) },
  };
}
