import { useDisks } from "../api/queries";
import type { Disk, DiskArray, DiskProblem } from "../api/types";
import { useWords } from "../i18n/words";
import { CauseText } from "../ui/CauseText";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";

/** How disks and arrays are. */
export function Disks() {
  const { t } = useWords();
  const query = useDisks();
  return (
    <Card title={t("storage.disks")}>
      <Loaded query={query}>
        {({ unwatched, disks, arrays }) => (
          <>
            {unwatched !== null && <p lang="en">{unwatched}</p>}
            {unwatched === null && disks.length === 0 && <p className="quiet">{t("storage.disks.none")}</p>}
            <ul className="plain">
              {disks.map((disk) => (
                <DiskView key={disk.name} disk={disk} />
              ))}
              {arrays.map((array) => (
                <ArrayView key={array.name} array={array} />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function DiskView({ disk }: { disk: Disk }) {
  const { t, label, dateTime } = useWords();
  const facts = [
    disk.model,
    disk.serial,
    disk.temperature_c === null ? null : t("storage.disks.temperature", { n: disk.temperature_c }),
    disk.power_on_hours === null ? null : t("storage.disks.hours", { n: disk.power_on_hours }),
    disk.state === null || disk.state === "read" ? null : label("diskState", disk.state),
    disk.read_at === null ? null : t("storage.disks.readAt", { time: dateTime(disk.read_at) }),
  ];
  return (
    <li>
      <h3>
        {disk.name} <Verdict disk={disk} /> <span className="quiet">{disk.folders.join(", ")}</span>
      </h3>
      <p>{facts.filter((fact) => fact !== null).join(" · ")}</p>
      <Defects disk={disk} />
      {disk.problems.map((problem) => (
        <Problem key={problem.reason} problem={problem} />
      ))}
      {disk.state === "failed" && (
        <p className="quiet" lang="en">
          {disk.detail}
        </p>
      )}
    </li>
  );
}

function Verdict({ disk: { state, problems, passed } }: { disk: Disk }) {
  const { t } = useWords();
  if (problems.length > 0 || passed === false)
    return (
      <span className="badge" data-tone="bad">
        {t("storage.disks.bad")}
      </span>
    );
  if (state !== "read") return null;
  return (
    <span className="badge" data-tone="good">
      {t("storage.disks.good")}
    </span>
  );
}

/** What a disk tells of its defects; nothing of one that tells nothing. */
function Defects({ disk }: { disk: Disk }) {
  const { t } = useWords();
  const told: [string, number | null, string][] = [
    [t("storage.disks.reallocated"), disk.reallocated, ""],
    [t("storage.disks.pending"), disk.pending, ""],
    [t("storage.disks.uncorrectable"), disk.uncorrectable, ""],
    [t("storage.disks.mediaErrors"), disk.media_errors, ""],
    [t("storage.disks.wear"), disk.wear_percent, " %"],
  ];
  const known = told.filter(([, value]) => value !== null);
  if (known.length === 0) return null;
  return (
    <dl className="figures">
      {known.map(([name, value, unit]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {unit}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Problem({ problem }: { problem: DiskProblem }) {
  return (
    <p className="cause">
      <CauseText cause={problem} />
    </p>
  );
}

function ArrayView({ array }: { array: DiskArray }) {
  const { t, label, duration } = useWords();
  const { wanted, working, failed, action, percent, finish_s: finish } = array;
  const progress = [
    action === null ? null : label("syncAction", action),
    percent === null ? null : `${percent.toFixed(1)} %`,
    finish === null ? null : t("storage.arrays.finish", { duration: duration(finish) }),
  ].filter((part) => part !== null);
  return (
    <li>
      <h3>
        {array.name} <span className="badge">{array.level ?? t("storage.arrays")}</span>{" "}
        <span className="quiet">{array.folders.join(", ")}</span>
      </h3>
      {wanted !== null && working !== null && <p>{t("storage.arrays.working", { working, wanted })}</p>}
      {failed.length > 0 && <p className="cause">{t("storage.arrays.failed", { names: failed.join(", ") })}</p>}
      {progress.length > 0 && <p>{progress.join(" · ")}</p>}
      {array.problem !== null && <Problem problem={array.problem} />}
    </li>
  );
}
