import { useMay } from "../api/access";
import { useStorage, useStoragePlan, useStreams } from "../api/queries";
import type { PlannedDeletion, PlannedMove, StorageVolume, StoredCamera } from "../api/types";
import { useWords, type Words } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Meter } from "../ui/Meter";
import { Card, Page } from "../ui/Page";
import { type Column, Table } from "../ui/Table";
import { camerasOf } from "./cameras";
import { Copies } from "./Copies";
import { Disks } from "./Disks";

const PLAN_DAYS = 7;
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
        {({ volumes, cameras }) => (
          <>
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
      <Plan names={names} />
      {administers && <Copies />}
      <Disks />
    </Page>
  );
}

function useNames(): ReadonlyMap<string, string> {
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

function Plan({ names }: { names: ReadonlyMap<string, string> }) {
  const { t } = useWords();
  const plan = useStoragePlan(PLAN_DAYS);
  return (
    <Card title={t("storage.plan")}>
      <Loaded query={plan} notYet={t("storage.notYet")}>
        {({ deletions, moves }) => (
          <>
            {deletions.length === 0 ? (
              <p className="quiet">{t("storage.plan.none")}</p>
            ) : (
              <Deletions deletions={deletions} names={names} />
            )}
            {moves.length > 0 && (
              <>
                <h3>{t("storage.plan.moves")}</h3>
                <Moves moves={moves} names={names} />
              </>
            )}
          </>
        )}
      </Loaded>
    </Card>
  );
}

interface DayOfDeletions {
  /** When the first of it goes. */
  at: string;
  why: PlannedDeletion["why"];
  breaks: boolean;
  cameras: ReadonlySet<string>;
  bytes: number;
}

/** What goes on one day for one reason, of all cameras together. */
function byDay(deletions: readonly PlannedDeletion[]): DayOfDeletions[] {
  const groups = Object.groupBy(deletions, ({ at, why, breaks }) => `${at.slice(0, 10)} ${why} ${breaks !== null}`);
  return Object.values(groups).flatMap((group = []) => {
    const [first] = group;
    if (first === undefined) return [];
    const cameras = new Set(group.map(({ camera }) => camera));
    const bytes = group.reduce((sum, one) => sum + one.bytes, 0);
    return [{ at: first.at, why: first.why, breaks: first.breaks !== null, cameras, bytes }];
  });
}

function Deletions({ deletions, names }: { deletions: readonly PlannedDeletion[]; names: ReadonlyMap<string, string> }) {
  const { t, label, bytes, dateTime } = useWords();
  const columns: Column<DayOfDeletions>[] = [
    { name: t("storage.plan.when"), cell: ({ at }) => dateTime(at) },
    { name: t("nav.cameras"), cell: ({ cameras }) => [...cameras].map((id) => names.get(id) ?? id).join(", ") },
    { name: t("storage.size"), number: true, cell: ({ bytes: size }) => bytes(size) },
    {
      name: t("storage.plan.why"),
      cell: ({ why, breaks }) => (
        <>
          {label("why", why)}{" "}
          {breaks && (
            <span className="badge" data-tone="bad">
              {t("storage.plan.breaks")}
            </span>
          )}
        </>
      ),
    },
  ];
  const keyOf = (day: DayOfDeletions) => `${day.at} ${day.why} ${day.breaks}`;
  return <Table label={t("storage.plan")} columns={columns} rows={byDay(deletions)} keyOf={keyOf} />;
}

function Moves({ moves, names }: { moves: readonly PlannedMove[]; names: ReadonlyMap<string, string> }) {
  const { t, label, bytes, dateTime } = useWords();
  const columns: Column<PlannedMove>[] = [
    { name: t("storage.plan.when"), cell: ({ at }) => dateTime(at) },
    { name: t("storage.camera"), cell: ({ camera }) => names.get(camera) ?? camera },
    { name: t("storage.plan.where"), cell: (move) => `${move.path} → ${move.to_path}` },
    { name: t("storage.size"), number: true, cell: ({ bytes: size }) => bytes(size) },
    { name: t("storage.plan.why"), cell: ({ why }) => label("moveCause", why) },
  ];
  const keyOf = (one: PlannedMove) => `${one.at} ${one.camera} ${one.volume} ${one.to_volume} ${one.start}`;
  return <Table label={t("storage.plan.moves")} columns={columns} rows={moves} keyOf={keyOf} />;
}
