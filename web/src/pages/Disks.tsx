import { useDisks } from "../api/queries";
import type { Disk, DiskArray } from "../api/types";
import { useWords } from "../i18n/words";
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
  const { t, label } = useWords();
  const facts = [
    disk.model,
    disk.temperature_c === null ? null : t("storage.disks.temperature", { n: disk.temperature_c }),
    disk.power_on_hours === null ? null : t("storage.disks.hours", { n: disk.power_on_hours }),
    disk.state === null || disk.state === "read" ? null : label("diskState", disk.state),
  ];
  return (
    <li>
      <h3>{disk.name}</h3>
      <p>{facts.filter((fact) => fact !== null).join(" · ")}</p>
      {disk.problems.map((problem) => (
        <p key={problem.reason} className="cause">
          <strong>{label("reason", problem.reason)}</strong> <span lang="en">{problem.message}</span>
        </p>
      ))}
      {disk.state === "read" && disk.problems.length === 0 && <p className="quiet">{t("storage.disks.good")}</p>}
    </li>
  );
}

function ArrayView({ array }: { array: DiskArray }) {
  const { t, label } = useWords();
  return (
    <li>
      <h3>
        {array.name} <span className="badge">{array.level ?? t("storage.arrays")}</span>
      </h3>
      {array.wanted !== null && array.working !== null && (
        <p>{t("storage.arrays.working", { working: array.working, wanted: array.wanted })}</p>
      )}
      {array.problem !== null && (
        <p className="cause">
          <strong>{label("reason", array.problem.reason)}</strong> <span lang="en">{array.problem.message}</span>
        </p>
      )}
    </li>
  );
}
