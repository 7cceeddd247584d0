import { useState } from "react";
import { Link } from "wouter";

import { useWords } from "../i18n/words";
import { camerasIn, type ListedCamera, useCameraChange } from "../settings/cameras";
import { WithSettings } from "../settings/WithSettings";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { AdminNav } from "./AdminNav";
import { DeleteCamera } from "./DeleteCamera";
import { Failed } from "./Failed";

/** Cameras of the settings, also those that are off. */
export function CamerasPage() {
  const { t } = useWords();
  return (
    <Page
      title={t("admin.cameras")}
      aside={
        <Link className="button" href="/settings/cameras/new">
          {t("cameras.add")}
        </Link>
      }
    >
      <AdminNav />
      <WithSettings>{(file) => <Cameras cameras={camerasIn(file.inFile)} />}</WithSettings>
    </Page>
  );
}

function Cameras({ cameras }: { cameras: readonly ListedCamera[] }) {
  const { t } = useWords();
  const [leaving, setLeaving] = useState<ListedCamera | null>(null);
  const change = useCameraChange();
  const columns: Column<ListedCamera>[] = [
    { name: t("cameras.name"), cell: ({ id, name }) => <Link href={`/cameras/${id}/settings`}>{name}</Link> },
    { name: t("cameras.id"), cell: ({ id }) => <code>{id}</code> },
    { name: t("cameras.url"), cell: ({ url }) => <code className="wrap">{url}</code> },
    {
      name: t("cameras.state"),
      cell: ({ enabled }) => (
        <span className="badge" data-tone={enabled ? "good" : "off"}>
          {t(enabled ? "cameras.enabled" : "cameras.disabled")}
        </span>
      ),
    },
    {
      name: t("cameras.actions"),
      cell: (camera) => (
        <span className="buttons">
          <button
            type="button"
            disabled={change.isPending}
            onClick={() => {
              change.mutate({ id: camera.id, change: { enabled: camera.enabled ? false : null } });
            }}
          >
            {t(camera.enabled ? "cameras.disable" : "cameras.enable")}
            <span className="for-readers"> {camera.name}</span>
          </button>
          <button
            type="button"
            onClick={() => {
              setLeaving(camera);
            }}
          >
            {t("cameras.delete")}
            <span className="for-readers"> {camera.name}</span>
          </button>
        </span>
      ),
    },
  ];
  return (
    <Card title={t("cameras.list")}>
      {cameras.length === 0 ? (
        <p className="quiet">{t("grid.empty")}</p>
      ) : (
        <Table label={t("cameras.list")} columns={columns} rows={cameras} keyOf={({ id }) => id} />
      )}
      <Failed error={change.error} />
      {leaving !== null && (
        <DeleteCamera
          camera={leaving}
          onDone={() => {
            setLeaving(null);
          }}
        />
      )}
    </Card>
  );
}
