import { useStoragePlan } from "../api/queries";
import type { PlannedDeletion, PlannedMove } from "../api/types";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { type Column, Table } from "../ui/Table";

const PLAN_DAYS = 7;

/** What is deleted and what is moved in the next days, when and why. */
export function StoragePlan({ names }: { names: ReadonlyMap<string, string> }) {
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
  paths: ReadonlySet<string>;
  /** Of the recordings that go. */
  start: string;
  end: string;
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
    const paths = new Set(group.map(({ path }) => path));
    const start = group.map((one) => one.start).reduce((least, one) => (one < least ? one : least));
    const end = group.map((one) => one.end).reduce((most, one) => (one > most ? one : most));
    return [{ at: first.at, why: first.why, breaks: first.breaks !== null, cameras, paths, start, end, bytes }];
  });
}

function Deletions({ deletions, names }: { deletions: readonly PlannedDeletion[]; names: ReadonlyMap<string, string> }) {
  const { t, label, bytes, dateTime } = useWords();
  const columns: Column<DayOfDeletions>[] = [
    { name: t("storage.plan.when"), cell: ({ at }) => dateTime(at) },
    { name: t("nav.cameras"), cell: ({ cameras }) => [...cameras].map((id) => names.get(id) ?? id).join(", ") },
    { name: t("storage.plan.of"), cell: ({ start, end }) => `${dateTime(start)} – ${dateTime(end)}` },
    { name: t("storage.plan.where"), cell: ({ paths }) => [...paths].join(", ") },
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
