import { useState } from "react";
import { Link } from "wouter";

import { useMay } from "../api/access";
import type { Protection } from "../api/types";
import { useWords } from "../i18n/words";
import { Dialog } from "../ui/Dialog";
import { type Column, Table } from "../ui/Table";
import { useRelease } from "./queries";
import { ReasonForm } from "./ReasonForm";

/** Protected ranges; whoever may releases them. */
export function ProtectionTable({ protections, names }: { protections: readonly Protection[]; names: ReadonlyMap<string, string> }) {
  const { t, dateTime } = useWords();
  const mayRelease = useMay("administrator");
  const [released, setReleased] = useState<Protection | null>(null);
  const name = (camera: string) => names.get(camera) ?? camera;
  const columns: Column<Protection>[] = [
    { name: t("protect.camera"), cell: ({ camera }) => name(camera) },
    {
      name: t("protect.from"),
      cell: ({ camera, start }) => (
        <Link className="nowrap" href={`/recordings/${camera}?t=${start}`}>
          {dateTime(start)}
        </Link>
      ),
    },
    { name: t("protect.to"), cell: ({ end }) => <span className="nowrap">{dateTime(end)}</span> },
    { name: t("protect.reason"), cell: ({ reason }) => reason },
    { name: t("protect.who"), cell: ({ user }) => user },
  ];
  if (mayRelease)
    columns.push({
      name: t("protect.release"),
      cell: (one) => (
        <button
          type="button"
          aria-label={t("protect.releaseThis", { camera: name(one.camera), time: dateTime(one.start) })}
          onClick={() => {
            setReleased(one);
          }}
        >
          {t("protect.release")}
        </button>
      ),
    });
  return (
    <>
      <Table label={t("protect.title")} columns={columns} rows={protections} keyOf={({ uid }) => uid} />
      {released !== null && (
        <ReleaseDialog
          protection={released}
          name={name(released.camera)}
          onClose={() => {
            setReleased(null);
          }}
        />
      )}
    </>
  );
}

function ReleaseDialog({ protection, name, onClose }: { protection: Protection; name: string; onClose: () => void }) {
  const { t, dateTime } = useWords();
  const release = useRelease();
  return (
    <Dialog title={t("protect.releaseDialog")} onClose={onClose}>
      <ReasonForm
        submit={t("protect.release")}
        danger
        busy={release.isPending}
        error={release.error}
        onSubmit={(reason) => {
          release.mutate({ uid: protection.uid, reason }, { onSuccess: onClose });
        }}
        onCancel={onClose}
      >
        <p>
          {name} · {dateTime(protection.start)} – {dateTime(protection.end)}
        </p>
        <p className="quiet">{t("protect.releaseHint")}</p>
      </ReasonForm>
    </Dialog>
  );
}
