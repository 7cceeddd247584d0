import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearchParams } from "wouter";

import { useIncidents, useRecordings, useServerTime, useStreams } from "../api/queries";
import { useWords } from "../i18n/words";
import { Controls } from "../playback/Controls";
import { usePlaybackKeys } from "../playback/keys";
import { PlayerNote } from "../playback/PlayerNote";
import { besidesGap, contentOf, nearestRecorded } from "../playback/spans";
import { Timeline } from "../playback/Timeline";
import { usePlayer } from "../playback/usePlayer";
import { dateOf, dayBounds, MINUTE, SECOND } from "../time/zone";
import { Page } from "../ui/Page";
import { type Camera, camerasOf } from "./cameras";
import { DayBar } from "./DayBar";

const WRITE_ADDRESS_MS = 700;
const LISTED_INCIDENTS = 500;

/** What was recorded of a camera, day by day. */
export function RecordingsPage({ camera }: { camera: string }) {
  const { t } = useWords();
  const cameras = camerasOf(useStreams().data?.streams ?? []);
  const [, navigate] = useLocation();
  const [parameters] = useSearchParams();
  const first = cameras[0];
  useEffect(() => {
    if (camera === "" && first !== undefined) navigate(`/recordings/${first.id}`, { replace: true });
  }, [camera, first, navigate]);
  const asked = Date.parse(parameters.get("t") ?? "");
  return (
    <Page title={t("play.title")} className="wide">
      {camera === "" ? (
        <p className="quiet">{t("app.loading")}</p>
      ) : (
        <Playback camera={camera} cameras={cameras} asked={Number.isNaN(asked) ? null : asked} />
      )}
    </Page>
  );
}

interface Props {
  camera: string;
  cameras: readonly Camera[];
  /** The moment that the address names. */
  asked: number | null;
}

function Playback({ camera, cameras, asked }: Props) {
  const { t, zone } = useWords();
  const [, navigate] = useLocation();
  const { attach, player, state } = usePlayer();
  const now = useServerTime();
  const [chosen, setChosen] = useState<string | null>(null);
  const date = chosen ?? dateOf(state.time ?? asked ?? now, zone);
  const [muted, setMuted] = useState(true);
  const { day, content, loaded } = useDay(camera, date);
  const sought = useRef("");
  useEffect(() => {
    if (player === null || sought.current === camera) return;
    const moment = asked ?? (loaded ? nearestRecorded(content, now) : null);
    if (moment === null) return;
    sought.current = camera;
    player.seek(camera, moment);
  }, [player, camera, asked, loaded, content, now]);
  const seek = (moment: number) => {
    sought.current = camera;
    setChosen(null);
    player?.seek(camera, Math.min(moment, now));
  };
  useAddress(camera, state.time);
  const skip = (seconds: number) => {
    if (state.time !== null) seek(state.time + seconds * SECOND);
  };
  const gap = (direction: -1 | 1) => {
    const moment = state.time === null ? null : besidesGap(content, state.time, direction);
    if (moment !== null) seek(moment);
  };
  usePlaybackKeys(player, state, { skip, gap });
  const name = cameras.find(({ id }) => id === camera)?.name ?? camera;
  return (
    <div className="playback">
      <DayBar
        camera={camera}
        cameras={cameras}
        date={date}
        today={dateOf(now, zone)}
        time={state.time}
        onCamera={(other) => {
          const moment = state.time === null ? "" : `?t=${new Date(state.time).toISOString()}`;
          navigate(`/recordings/${other}${moment}`);
        }}
        onDate={setChosen}
        onTime={seek}
      />
      <div className="picture" data-playing={state.playing} data-loading={state.loading} data-time={state.time ?? ""}>
        <video ref={attach} muted={muted} playsInline disablePictureInPicture aria-label={t("play.picture", { name })} />
        <PlayerNote state={state} content={content} empty={loaded && content.recordings.length === 0} />
      </div>
      <Controls player={player} state={state} muted={muted} onMute={setMuted} onSkip={skip} onGap={gap} />
      <Timeline key={`${camera} ${date}`} day={day} content={content} time={state.time} onSeek={seek} />
      <DayTotals camera={camera} date={date} />
    </div>
  );
}

function useDay(camera: string, date: string) {
  const { zone } = useWords();
  const day = useMemo(() => dayBounds(date, zone), [date, zone]);
  const from = new Date(day.start).toISOString();
  const to = new Date(day.end).toISOString();
  const recordings = useRecordings(camera, from, to);
  const incidents = useIncidents({ camera, from, to, limit: LISTED_INCIDENTS });
  const content = useMemo(
    () => contentOf(recordings.data, incidents.data?.incidents ?? []),
    [recordings.data, incidents.data],
  );
  return { day, content, loaded: recordings.data !== undefined };
}

function DayTotals({ camera, date }: { camera: string; date: string }) {
  const { t, duration, zone, failure } = useWords();
  const day = dayBounds(date, zone);
  const query = useRecordings(camera, new Date(day.start).toISOString(), new Date(day.end).toISOString());
  if (query.isError) return <p role="alert">{`${t("app.failed")}: ${failure(query.error)}`}</p>;
  if (query.data === undefined) return <p className="quiet">{t("app.loading")}</p>;
  const { recorded_s: recorded, missing_s: missing } = query.data.totals;
  return (
    <p className="quiet">
      {t("play.recordedTotal", { duration: duration(recorded) })} · {t("play.missingTotal", { duration: duration(missing) })}
    </p>
  );
}

/** Keeps the moment in the address, so that it can be sent to somebody and survives a reload. */
function useAddress(camera: string, time: number | null): void {
  const written = useRef(0);
  useEffect(() => {
    if (time === null) return;
    const wait = Math.max(0, WRITE_ADDRESS_MS - (Date.now() - written.current));
    const timer = window.setTimeout(() => {
      written.current = Date.now();
      const address = `/recordings/${camera}?t=${new Date(time).toISOString()}`;
      window.history.replaceState(window.history.state, "", address);
    }, Math.min(wait, MINUTE));
    return () => {
      window.clearTimeout(timer);
    };
  }, [camera, time]);
}
