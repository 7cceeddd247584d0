import { type SubmitEvent, useState } from "react";

import { TextLine } from "../admin/TextLine";
import { useWords } from "../i18n/words";
import { Ask } from "../ui/Ask";
import { Choice } from "../ui/Choice";
import { Card } from "../ui/Page";
import { addUser, changeUser, LOGINS, removeCodesOf, removeUser, type Role, ROLES, TOKENS, type User, useChange, USERS } from "./api";
import { CameraChoice } from "./CameraChoice";
import { Refusal } from "./Refusal";

export function NewUser({ onDone }: { onDone: () => void }) {
  const { t } = useWords();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [cameras, setCameras] = useState<string[] | null>(null);
  const add = useChange(addUser, USERS);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    add.mutate({ name, password, role, cameras: role === "administrator" ? null : cameras }, { onSuccess: onDone });
  };
  return (
    <Card title={t("users.new")}>
      <form className="stack" onSubmit={submit}>
        <TextLine label={t("users.name")} hint={t("users.nameHint")} value={name} required onChange={setName} />
        <TextLine label={t("login.password")} hint={t("account.newHint")} type="password" value={password} required onChange={setPassword} />
        <Rights role={role} cameras={cameras} onRole={setRole} onCameras={setCameras} />
        <Refusal error={add.error} />
        <button type="submit" className="primary" disabled={add.isPending}>
          {t("users.add")}
        </button>
      </form>
    </Card>
  );
}

interface RightsProps {
  role: Role;
  cameras: readonly string[] | null;
  onRole: (role: Role) => void;
  onCameras: (cameras: string[] | null) => void;
}

function Rights({ role, cameras, onRole, onCameras }: RightsProps) {
  const { t, label } = useWords();
  return (
    <>
      <Choice
        label={t("users.role")}
        value={role}
        options={ROLES.map((one) => [one, label("role", one)] as const)}
        onChange={onRole}
      />
      <p className="quiet">{t(`users.may.${role}`)}</p>
      {role !== "administrator" && <CameraChoice value={cameras} onChange={onCameras} />}
    </>
  );
}

export function EditUser({ user, onDone }: { user: User; onDone: () => void }) {
  const { t } = useWords();
  const [role, setRole] = useState<Role>(user.role);
  const [cameras, setCameras] = useState<string[] | null>(user.cameras);
  const [enabled, setEnabled] = useState(user.enabled);
  const [password, setPassword] = useState("");
  const change = useChange(changeUser, USERS, LOGINS);
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const seen = cameras === null ? { all_cameras: true } : { cameras };
    const wanted = { role, enabled, ...seen, ...(password === "" ? {} : { password }) };
    change.mutate({ name: user.name, change: wanted }, { onSuccess: onDone });
  };
  return (
    <Card title={t("users.editOf", { name: user.name })}>
      <form className="stack" onSubmit={submit}>
        <Rights role={role} cameras={cameras} onRole={setRole} onCameras={setCameras} />
        <label className="tick">
          <input
            type="checkbox"
            checked={enabled}
            onChange={(event) => {
              setEnabled(event.target.checked);
            }}
          />{" "}
          {t("users.mayLogIn")}
        </label>
        <TextLine label={t("users.newPassword")} hint={t("users.newPasswordHint")} type="password" value={password} onChange={setPassword} />
        <Refusal error={change.error} />
        <div className="buttons">
          <button type="submit" className="primary" disabled={change.isPending}>
            {t("settings.save")}
          </button>
          <button type="button" onClick={onDone}>
            {t("ask.no")}
          </button>
        </div>
      </form>
      <Beyond user={user} onGone={onDone} />
    </Card>
  );
}

/** What cannot be taken back. */
function Beyond({ user, onGone }: { user: User; onGone: () => void }) {
  const { t } = useWords();
  const [asking, setAsking] = useState(false);
  const codes = useChange(removeCodesOf, USERS);
  const remove = useChange(removeUser, USERS, LOGINS, TOKENS);
  return (
    <div className="buttons">
      {user.one_time_codes && (
        <button
          type="button"
          disabled={codes.isPending}
          onClick={() => {
            codes.mutate(user.name);
          }}
        >
          {t("users.noApp")}
        </button>
      )}
      <button
        type="button"
        className="danger"
        onClick={() => {
          setAsking(true);
        }}
      >
        {t("users.delete")}
      </button>
      <Refusal error={codes.error} />
      {asking && (
        <Ask
          question={t("users.deleteAsk", { name: user.name })}
          yes={t("users.deleteYes")}
          busy={remove.isPending}
          onYes={() => {
            remove.mutate(user.name, { onSuccess: onGone });
          }}
          onNo={() => {
            setAsking(false);
          }}
        >
          <p>{t("users.deleteMeans")}</p>
          <Refusal error={remove.error} />
        </Ask>
      )}
    </div>
  );
}
