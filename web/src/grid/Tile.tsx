import { type RefObject, useEffect, useState } from "react";
import { Link } from "wouter";

import { useWords } from "../i18n/words";
import { type FeedState, NOTHING_YET, WAY_NAMES, wayOf } from "../live/feed";
import { LiveView } from "../live/LiveView";
import { type Camera, canBeAsked } from "../pages/cameras";
import { Icon } from "../ui/Icon";
import { CauseText } from "../ui/CauseText";
import { RecordingBadge, statisticsText, StreamBadge } from "../ui/StreamBadge";

interface Props {
  camera: Camera;
  now: string;
  statistics: boolean;
  /** What is shown on the full screen. */
  frame: RefObject<HTMLElement | null>;
}

/** A camera's picture with its state. */
export function Tile({ camera, now, statistics, frame }: Props) {
  const words = useWords();
  const alone = useFullScreen(frame);
  const [state, setState] = useState<FeedState>(NOTHING_YET);
  const way = wayOf(state);
  const shown = alone ? camera.main : (camera.sub ?? camera.main);
  return (
    <>
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
        <button
          type="button"
          className="tile-full"
          aria-label={words.t("grid.fullscreenOf", { name: camera.name })}
          title={words.t("grid.fullscreen")}
          onClick={() => {
            if (alone) void document.exitFullscreen();
            else void frame.current?.requestFullscreen();
          }}
        >
          <Icon name="fullScreen" />
        </button>
      </div>
      {statistics && (
        <p className="tile-statistics">
          {statisticsText(way === null ? camera.main : shown, words)}
          {way !== null && ` · ${WAY_NAMES[way]}`}
        </p>
      )}
      <Causes camera={camera} />
    </>
  );
}

/** What keeps the camera, or only its sub stream, from being shown or recorded. */
function Causes({ camera: { main, sub } }: { camera: Camera }) {
  const { t } = useWords();
  if (main.cause !== null) {
    return (
      <p className="tile-cause">
        <CauseText cause={main.cause} brief />
      </p>
    );
  }
  if (!sub?.cause) return null;
  return (
    <p className="tile-cause">
      {t("live.subCause")}: <CauseText cause={sub.cause} brief />
    </p>
  );
}

/** Whether an element fills the screen. */
function useFullScreen(element: RefObject<HTMLElement | null>): boolean {
  const [full, setFull] = useState(false);
  useEffect(() => {
    const follow = () => {
      setFull(element.current !== null && document.fullscreenElement === element.current);
    };
    document.addEventListener("fullscreenchange", follow);
    return () => {
      document.removeEventListener("fullscreenchange", follow);
    };
  }, [element]);
  return full;
}
