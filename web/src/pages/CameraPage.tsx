import { useState } from "react";
import { Link } from "wouter";

import { useMay } from "../api/access";
import { useCameraGaps, useIncidents, useStreams } from "../api/queries";
import { useWords } from "../i18n/words";
import { DAY } from "../time/zone";
import { IncidentTable } from "../ui/IncidentTable";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { Plot } from "../ui/Plot";
import { CauseText, RecordingBadge, StreamBadge } from "../ui/StreamBadge";
import { type Camera, camerasOf } from "./cameras";
import { CameraPicture, type Shown } from "./CameraPicture";
import { KEPT_SAMPLES, useHistory } from "./history";
import { RecordingOrder } from "./RecordingOrder";
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
          <Plots camera={camera} now={now} />
          <StreamFigures stream={camera.main} shown={shown} />
        </Card>
      </div>
      <div className="column">
        <State camera={camera} now={now} />
        <Missing camera={camera.id} />
        <Restream camera={camera.id} />
      </div>
      <RecentIncidents camera={camera} />
    </div>
  );
}

function State({ camera: { main }, now }: { camera: Camera; now: string }) {
  const { t, dateTime } = useWords();
  return (
    <Card title={t("camera.state")}>
      <p>
        <StreamBadge stream={main} now={now} /> <RecordingBadge stream={main} />{" "}
        <span className="quiet">{t("camera.since", { time: dateTime(main.since) })}</span>
      </p>
      {main.cause !== null && (
        <p className="cause">
          {t("camera.cause")}: <CauseText stream={main} />
          {main.attempts > 0 && ` (${t("camera.attempts", { n: main.attempts })})`}
        </p>
      )}
      {main.recording === "blocked" && <p>{t("camera.buffered", { s: main.buffered_s.toFixed(0) })}</p>}
      <RecordingOrder stream={main} />
    </Card>
  );
}

function Plots({ camera: { main }, now }: { camera: Camera; now: string }) {
  const { t } = useWords();
  const samples = useHistory(main, now);
  return (
    <div className="plots">
      <Plot
        title={t("camera.fps")}
        values={samples.map((sample) => sample.fps)}
        room={KEPT_SAMPLES}
        text={(value) => value.toFixed(1)}
      />
      <Plot
        title={t("camera.bitrate")}
        values={samples.map((sample) => sample.bitrate)}
        room={KEPT_SAMPLES}
        text={(value) => `${(value / 1e6).toFixed(2)} Mbps`}
      />
    </div>
  );
}

function Missing({ camera }: { camera: string }) {
  const { t, label, duration, percent, zone } = useWords();
  const [from] = useState(() => new Date(Date.now() - DAY).toISOString());
  const query = useCameraGaps(camera, from, zone);
  return (
    <Card title={t("camera.missing")}>
      <Loaded query={query}>
        {({ totals }) => (
          <>
            {totals.availability !== null && <p>{t("camera.availability", { percent: percent(totals.availability) })}</p>}
            {totals.causes.length === 0 && <p className="quiet">{t("camera.nothingMissing")}</p>}
            <dl className="figures">
              {totals.causes.map(({ cause, seconds }) => (
                <div key={cause}>
                  <dt>{label("gapCause", cause)}</dt>
                  <dd>{duration(seconds)}</dd>
                </div>
              ))}
            </dl>
          </>
        )}
      </Loaded>
    </Card>
  );
}

function RecentIncidents({ camera }: { camera: Camera }) {
  const { t } = useWords();
  const [from] = useState(() => new Date(Date.now() - 7 * DAY).toISOString());
  const query = useIncidents({ camera: camera.id, from, limit: 20 });
  return (
    <Card title={t("camera.incidents")}>
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
