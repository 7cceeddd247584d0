import { useState } from "react";
import { Link } from "wouter";

import { useMay } from "../api/access";
import { useIncidents, useStreams } from "../api/queries";
import { useWords } from "../i18n/words";
import { DAY } from "../time/zone";
import { IncidentTable } from "../ui/IncidentTable";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { CameraMissing } from "./CameraMissing";
import { CameraPlots } from "./CameraPlots";
import { type Camera, camerasOf } from "./cameras";
import { CameraPicture, type Shown } from "./CameraPicture";
import { CameraState } from "./CameraState";
import { Restream } from "./Restream";
import { StreamFigures } from "./StreamFigures";

/** Everything about one camera. */
export function CameraPage({ camera }: { camera: string }) {
  const { t } = useWords();
  const administers = useMay("administrator");
  const query = useStreams();
  const found = query.data === undefined ? undefined : camerasOf(query.data.streams).find(({ id }) => id === camera);
  return (
    <Page
      title={found?.name ?? camera}
      aside={
        <span className="buttons">
          <Link className="button" href={`/recordings/${camera}`}>
            {t("camera.watchRecordings")}
          </Link>
          {administers && (
            <Link className="button" href={`/cameras/${camera}/settings`}>
              {t("cameras.settings")}
            </Link>
          )}
        </span>
      }
    >
      <Loaded query={query}>
        {({ time }) =>
          found === undefined ? <p>{t("camera.notFound")}</p> : <CameraView camera={found} now={time} />
        }
      </Loaded>
    </Page>
  );
}

function CameraView({ camera, now }: { camera: Camera; now: string }) {
  const { t } = useWords();
  const [shown, setShown] = useState<Shown>({ stream: "main", way: null });
  return (
    <div className="camera-page">
      <div className="column">
        <CameraPicture camera={camera} onShown={setShown} />
        <Card title={t("camera.lastMinutes")}>
          <CameraPlots stream={camera.main} now={now} />
          <StreamFigures stream={camera.main} shown={shown} />
        </Card>
      </div>
      <div className="column">
        <CameraState camera={camera} now={now} />
        <CameraMissing camera={camera.id} />
        <Restream camera={camera.id} />
      </div>
      <RecentIncidents camera={camera} />
    </div>
  );
}

function RecentIncidents({ camera }: { camera: Camera }) {
  const { t } = useWords();
  const [from] = useState(() => new Date(Date.now() - 7 * DAY).toISOString());
  const query = useIncidents({ camera: camera.id, from, limit: 20 });
  return (
    <Card
      title={t("camera.incidents")}
      aside={<Link href={`/incidents?camera=${camera.id}`}>{t("camera.allIncidents")}</Link>}
    >
      <Loaded query={query}>
        {({ incidents }) =>
          incidents.length === 0 ? (
            <p className="quiet">{t("camera.noIncidents")}</p>
          ) : (
            <IncidentTable incidents={incidents} names={new Map([[camera.id, camera.name]])} />
          )
        }
      </Loaded>
    </Card>
  );
}
