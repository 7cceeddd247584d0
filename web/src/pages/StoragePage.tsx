import { useMay } from "../api/access";
import { useStorage, useStreams } from "../api/queries";
import type { StorageVolume, StoredCamera } from "../api/types";
import { useWords, type Words } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Meter } from "../ui/Meter";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { camerasOf } from "./cameras";
import { Copies } from "./Copies";
import { Disks } from "./Disks";
import { StoragePlan } from "./StoragePlan";

const ROUND_DAYS = 10;

/** How full volumes are, what is kept and for how long, what goes next. */
export function StoragePage() {
  const { t } = useWords();
  const storage = useStorage();
  const names = useNames();
  const administers = useMay("administrator");
  return (
    <Page title={t("storage.title")}>
      <Loaded query={storage} notYet={t("storage.notYet")}>
        {({ volumes, cameras, forecast_until: until }) => (
          <>
            <Broken cameras={cameras} names={names} until={until} />
            <Card title={t("storage.volumes")}>
              {volumes.map((volume) => (
                <VolumeView key={volume.volume} volume={volume} />
              ))}
            </Card>
            <Card title={t("storage.kept")}>
              <Kept cameras={cameras} names={names} />
            </Card>
          </>
        )}
      </Loaded>
      <StoragePlan names={names} />
      {administers && <Copies />}
      <Disks />
    </Page>
  );
}

type Names = ReadonlyMap<string, string>;

function useNames(): Names {
  return new Map(camerasOf(useStreams().data?.streams ?? []).map(({ id, name }) => [id, name]));
}

function VolumeView({ volume }: { volume: StorageVolume }) {
  const { t, label, bytes } = useWords();
  const { total_bytes: total, free_bytes: free } = volume;
  return (
    <div className="volume">
      <h3>
        {volume.path} {volume.tier !== null && <span className="badge">{label("tier", volume.tier)}</span>}
        {!volume.usable && (
          <span className="badge" data-tone="bad">
            {volume.tier === null ? t("storage.removed") : t("storage.unusable")}
          </span>
        )}
        {volume.making_room && (
          <span className="badge" data-tone="busy">
            {t("storage.makingRoom")}
          </span>
        )}
      </h3>
      {total !== null && free !== null && (
        <>
          <Meter
            label={t("storage.used", { used: bytes(total - free), total: bytes(total), free: bytes(free) })}
            used={(total - free) / total}
            ours={volume.recordings_bytes / total}
            mark={volume.floor_bytes === null ? null : 1 - volume.floor_bytes / total}
          />
          <p>
            {t("storage.used", { used: bytes(total - free), total: bytes(total), free: bytes(free) })} ·{" "}
            {t("storage.recordings", { size: bytes(volume.recordings_bytes) })}
          </p>
        </>
      )}
      <VolumeNotes volume={volume} />
    </div>
  );
}

function VolumeNotes({ volume }: { volume: StorageVolume }) {
  const { t, bytes, dateTime } = useWords();
  const { full_at: fullAt, floor_bytes: floor, waiting_bytes: waiting } = volume;
  return (
    <p className="quiet">
      {fullAt === null ? t("storage.noFull") : t("storage.fullAt", { time: dateTime(fullAt) })}
      {floor !== null && ` · ${t("storage.floor", { size: bytes(floor) })}`}
      {waiting > 0 && ` · ${t("storage.waiting", { size: bytes(waiting) })}`}
    </p>
  );
}

function daysText(days: number, { t }: Words): string {
  return t("storage.days", { n: days < ROUND_DAYS ? Number(days.toFixed(1)) : Math.round(days) });
}

function Kept({ cameras, names }: { cameras: readonly StoredCamera[]; names: ReadonlyMap<string, string> }) {
  const words = useWords();
  const { t, bytes, dateTime } = words;
  const columns: Column<StoredCamera>[] = [
    { name: t("storage.camera"), cell: ({ camera }) => names.get(camera) ?? camera },
    { name: t("storage.oldest"), cell: ({ oldest }) => (oldest === null ? "–" : dateTime(oldest)) },
    { name: t("storage.size"), number: true, cell: ({ bytes: size }) => bytes(size) },
    { name: t("storage.perDay"), number: true, cell: ({ bytes_per_hour: rate }) => bytes(24 * rate) },
    { name: t("storage.promise"), cell: (camera) => `${daysText(camera.days, words)}: ${promiseText(camera, words)}` },
  ];
  return <Table label={t("storage.kept")} columns={columns} rows={cameras} keyOf={({ camera }) => camera} />;
}

interface Promised {
  camera: string;
  days: number;
  least: boolean;
  breach: NonNullable<StoredCamera["days_breach"]>;
}

/** What is promised and will not be kept, the soonest first. */
function broken(cameras: readonly StoredCamera[]): Promised[] {
  return cameras
    .flatMap(({ camera, days, min_days: minDays, days_breach: ofDays, min_days_breach: ofMinDays }) => [
      ...(ofMinDays === null ? [] : [{ camera, days: minDays, least: true, breach: ofMinDays }]),
      ...(ofDays === null ? [] : [{ camera, days, least: false, breach: ofDays }]),
    ])
    .sort((one, other) => Date.parse(one.breach.at) - Date.parse(other.breach.at));
}

function Broken({ cameras, names, until }: { cameras: readonly StoredCamera[]; names: Names; until: string }) {
  const words = useWords();
  const { t, label, dateTime, date } = words;
  const found = broken(cameras);
  const columns: Column<Promised>[] = [
    { name: t("storage.camera"), cell: ({ camera }) => names.get(camera) ?? camera },
    {
      name: t("storage.promise"),
      cell: ({ days, least }) => `${daysText(days, words)} (${least ? t("storage.least") : t("storage.wanted")})`,
    },
    { name: t("storage.broken.at"), cell: ({ breach }) => dateTime(breach.at) },
    { name: t("storage.broken.kept"), cell: ({ breach }) => daysText(breach.days_kept, words) },
    { name: t("storage.plan.why"), cell: ({ breach }) => label("why", breach.why) },
  ];
  if (found.length === 0) return <p className="quiet">{t("storage.noneBroken", { date: date(until) })}</p>;
  return (
    <Card title={t("storage.broken")}>
      <Table
        label={t("storage.broken")}
        columns={columns}
        rows={found}
        keyOf={({ camera, least }) => `${camera} ${least}`}
      />
      <p>{t("storage.broken.todo")}</p>
    </Card>
  );
}

function promiseText(camera: StoredCamera, words: Words): string {
  const { t, label, dateTime } = words;
  if (!camera.configured) return t("storage.kept.removed");
  const breach = camera.min_days_breach ?? camera.days_breach;
  if (breach === null) return t("storage.kept.ok");
  return t("storage.kept.breach", {
    days: daysText(breach.days_kept, words),
    time: dateTime(breach.at),
    why: label("why", breach.why),
  });
}
