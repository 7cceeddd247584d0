import { useRef, useState } from "react";
import { Link } from "wouter";

import { useMay } from "../api/access";
import { useStreams } from "../api/queries";
import { usePreferences } from "../app/preferences";
import { useWords } from "../i18n/words";
import { type FeedState, NOTHING_YET, WAY_NAMES, wayOf } from "../live/feed";
import { LiveView } from "../live/LiveView";
import { Choice } from "../ui/Choice";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { CauseText, RecordingBadge, statisticsText, StreamBadge, toneOf } from "../ui/StreamBadge";
import { type Camera, camerasOf, canBeAsked } from "./cameras";

const MOST_COLUMNS = 6;
const COLUMNS = [0, 1, 2, 3, 4, 5, MOST_COLUMNS];

/** All cameras: picture, state and figures of each. */
export function GridPage() {
  const { t } = useWords();
  const query = useStreams();
  return (
    <Page title={t("grid.title")} className="wide">
      <Loaded query={query}>
        {({ streams, time }) => {
          const cameras = camerasOf(streams);
          return cameras.length === 0 ? <NoCameras /> : <Grid cameras={cameras} now={time} />;
        }}
      </Loaded>
    </Page>
  );
}

function Layout() {
  const { t } = useWords();
  const { preferences, change } = usePreferences();
  return (
      <Choice
        label={t("grid.layout")}
        value={String(preferences.columns)}
        options={COLUMNS.map((count): [string, string] => [String(count), count === 0 ? t("grid.auto") : String(count)])}
        onChange={(columns) => {
          change({ columns: Number(columns) });
        }}
      />
  );
}

function NoCameras() {
  const { t } = useWords();
  const administers = useMay("administrator");
  return (
    <div className="empty">
      <h2>{t("grid.empty")}</h2>
      {administers ? <Link href="/welcome">{t("admin.guide")}</Link> : <p>{t("grid.emptyHint")}</p>}
    </div>
  );
}

function Grid({ cameras, now }: { cameras: readonly Camera[]; now: string }) {
  const { t } = useWords();
  const grid = useRef<HTMLUListElement>(null);
  const { columns } = usePreferences().preferences;
  const recording = cameras.filter((camera) => camera.main.recording === "recording").length;
  const attention = cameras.filter((camera) => toneOf(camera.main) === "bad").length;
  return (
    <>
      <div className="grid-summary">
        <p>
          {t("grid.summary", { n: cameras.length })} · {t("grid.recording", { n: recording })}
          {attention > 0 && <strong className="bad-text"> · {t("grid.attention", { n: attention })}</strong>}
        </p>
        <div className="toolbar">
          <Layout />
          <button type="button" onClick={() => void grid.current?.requestFullscreen()}>
            {t("grid.fullscreen")}
          </button>
        </div>
      </div>
      <ul className="grid" data-columns={columns === 0 ? columnsFor(cameras.length) : columns} ref={grid}>
        {cameras.map((camera) => (
          <Tile key={camera.id} camera={camera} now={now} />
        ))}
      </ul>
    </>
  );
}

/** As many columns as rows, so that all pictures are as large as can be. */
function columnsFor(cameras: number): number {
  return Math.min(MOST_COLUMNS, Math.max(1, Math.ceil(Math.sqrt(cameras))));
}

function Tile({ camera, now }: { camera: Camera; now: string }) {
  const words = useWords();
  const [state, setState] = useState<FeedState>(NOTHING_YET);
  const shown = camera.sub ?? camera.main;
  const way = wayOf(state);
  return (
    <li className="tile" data-camera={camera.id} data-tone={toneOf(camera.main)}>
      <LiveView
        camera={camera.id}
        name={camera.name}
        stream={shown.stream}
        connected={canBeAsked(shown)}
        expected={shown.state === "connecting"}
        failing={shown.cause !== null && shown.state !== "connected"}
        onState={setState}
      />
      <div className="tile-head">
        <h2>
          <Link href={`/cameras/${camera.id}`} aria-label={words.t("grid.open", { name: camera.name })}>
            {camera.name}
          </Link>
        </h2>
        <StreamBadge stream={camera.main} now={now} />
        <RecordingBadge stream={camera.main} />
      </div>
      <p className="tile-foot">
        {statisticsText(way === null ? camera.main : shown, words)}
        {way !== null && ` · ${WAY_NAMES[way]}`}
      </p>
      <Causes camera={camera} />
    </li>
  );
}

/** What keeps the camera, or only its sub stream, from being shown or recorded. */
function Causes({ camera: { main, sub } }: { camera: Camera }) {
  const { t } = useWords();
  if (main.cause !== null) {
    return (
      <p className="tile-cause">
        <CauseText stream={main} />
      </p>
    );
  }
  if (!sub?.cause) return null;
  return (
    <p className="tile-cause">
      {t("live.subCause")}: <CauseText stream={sub} />
    </p>
  );
}
