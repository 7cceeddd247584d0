import { useState } from "react";
import { Link } from "wouter";

import { useIncidents, useStreams } from "../api/queries";
import { useWords } from "../i18n/words";
import { LiveView } from "../live/LiveView";
import { DAY } from "../time/zone";
import { IncidentTable } from "../ui/IncidentTable";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { CameraMissing } from "./CameraMissing";
import { CameraPlots } from "./CameraPlots";
import { type Camera, camerasOf } from "./cameras";
import { CameraState } from "./CameraState";
import { StreamFigures } from "./StreamFigures";

/** Everything about one camera. */
export function CameraPage({ camera }: { camera: string }) {
  const { t } = useWords();
  const query = useStreams();
  const found = query.data === undefined ? undefined : camerasOf(query.data.streams).find(({ id }) => id === camera);
  return (
    <Page
      title={found?.name ?? camera}
      aside={
        <Link className="button" href={`/recordings/${camera}`}>
          {t("camera.watchRecordings")}
        </Link>
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
  const [sound, setSound] = useState(false);
  const { main } = camera;
  return (
    <div className="camera-page">
      <div className="column">
        <div className="camera-picture">
        <LiveView
          camera={camera.id}
          name={camera.name}
          stream="main"
          audio={sound}
          connected={main.state === "connected"}
        />
        {main.statistics.audio_codec !== null && (
          <button
            type="button"
            aria-pressed={sound}
            onClick={() => {
              setSound(!sound);
            }}
          >
            {t("play.sound")}
          </button>
        )}
        </div>
        <Card title={t("camera.lastMinutes")}>
          <CameraPlots stream={main} now={now} />
          <StreamFigures stream={main} />
        </Card>
      </div>
      <div className="column">
        <CameraState camera={camera} now={now} />
        <CameraMissing camera={camera.id} />
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
