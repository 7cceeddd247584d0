import { useState } from "react";
import { Link } from "wouter";

import { useMay } from "../api/access";
import { useStreams } from "../api/queries";
import { DeletionView } from "../evidence/DeletionView";
import { ExportCard } from "../evidence/ExportCard";
import { ProtectionTable } from "../evidence/ProtectionTable";
import { useDeletions, useExports, useProtections } from "../evidence/queries";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { camerasOf } from "./cameras";

const AT_ONCE = 20;
const MOST = 1000;

type Names = ReadonlyMap<string, string>;

/** What was exported, what is protected, and what is being deleted. */
export function ExportsPage() {
  const { t } = useWords();
  const names: Names = new Map(camerasOf(useStreams().data?.streams ?? []).map(({ id, name }) => [id, name]));
  const administers = useMay("administrator");
  return (
    <Page title={t("export.title")}>
      <Exports names={names} />
      <Protections names={names} />
      {administers && <Deletions names={names} />}
    </Page>
  );
}

function Exports({ names }: { names: Names }) {
  const { t } = useWords();
  const [limit, setLimit] = useState(AT_ONCE);
  return (
    <Loaded query={useExports(limit)}>
      {({ exports, next }) =>
        exports.length === 0 ? (
          <div className="empty">
            <p>{t("export.none")}</p>
            <Link href="/recordings">{t("export.toRecordings")}</Link>
          </div>
        ) : (
          <>
            <div className="two">
              {exports.map((one) => (
                <ExportCard key={one.uid} made={one} names={names} />
              ))}
            </div>
            {next !== null && limit < MOST && (
              <div className="buttons">
                <button
                  type="button"
                  onClick={() => {
                    setLimit(Math.min(MOST, limit * 5));
                  }}
                >
                  {t("export.more")}
                </button>
              </div>
            )}
          </>
        )
      }
    </Loaded>
  );
}

function Protections({ names }: { names: Names }) {
  const { t } = useWords();
  return (
    <Card title={t("protect.title")}>
      <Loaded query={useProtections({})}>
        {({ protections }) =>
          protections.length === 0 ? (
            <p className="quiet">{t("protect.none")}</p>
          ) : (
            <ProtectionTable protections={protections} names={names} />
          )
        }
      </Loaded>
    </Card>
  );
}

function Deletions({ names }: { names: Names }) {
  const { t } = useWords();
  const deletions = useDeletions(true).data?.deletions ?? [];
  if (deletions.length === 0) return null;
  return (
    <Card title={t("delete.title")}>
      <ul className="plain">
        {deletions.map((one) => (
          <li key={one.uid}>
            <DeletionView deletion={one} name={names.get(one.camera) ?? one.camera} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
