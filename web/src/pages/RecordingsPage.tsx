import { useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearchParams } from "wouter";

import { useServerTime, useStreams } from "../api/queries";
import { type Recorded, useRecorded } from "../api/recorded";
import { useMarking } from "../evidence/useMarking";
import { useWords } from "../i18n/words";
import { Controls } from "../playback/Controls";
import { usePlaybackKeys } from "../playback/keys";
import { MOST_CAMERAS, type Playback, type PlaybackState } from "../playback/playback";
import { besidesEvent, besidesGap, contentOf, type DayContent, nearestRecorded } from "../playback/spans";
import { Tile } from "../playback/Tile";
import { Timeline } from "../playback/Timeline";
import { usePlayback } from "../playback/usePlayback";
import { dateOf, dayBounds, MINUTE, SECOND } from "../time/zone";
import { Page } from "../ui/Page";
import { type Camera, camerasOf } from "./cameras";
import { DayBar } from "./DayBar";

const WRITE_ADDRESS_MS = 700;

type Chosen = readonly [string, ...string[]];

/** What was recorded of a camera, or of several in step, day by day. */
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
  const named = parameters.get("with");
  const chosen = useMemo((): Chosen => {
    const others = (named ?? "").split(",").filter((one) => one !== "" && one !== camera);
    return [camera, ...[...new Set(others)].slice(0, MOST_CAMERAS - 1)];
  }, [camera, named]);
  return (
    <Page title={t("play.title")} className="wide">
      {camera === "" ? (
        <p className="quiet">{t("app.loading")}</p>
      ) : (
        <Recordings chosen={chosen} cameras={cameras} asked={Number.isNaN(asked) ? null : asked} />
      )}
    </Page>
  );
}

interface Props {
  /** Of which the first's day is shown in full. */
  chosen: Chosen;
  cameras: readonly Camera[];
  /** The moment that the address names. */
  asked: number | null;
}

function Recordings({ chosen, cameras, asked }: Props) {
  const { zone } = useWords();
  const [, navigate] = useLocation();
  const [muted, setMuted] = useState(true);
  const { playback, state } = usePlayback(chosen, !muted);
  const now = useServerTime();
  const [otherDate, setOtherDate] = useState<string | null>(null);
  const date = otherDate ?? dateOf(state.time ?? asked ?? now, zone);
  const { day, contents, recorded } = useDay(chosen, date);
  const content = contents[0] ?? NOTHING;
  const loaded = recorded[0]?.recordings !== undefined;
  const sought = useRef(false);
  useEffect(() => {
    if (sought.current) return;
    const moment = asked ?? (loaded ? nearestRecorded(content, now) : null);
    if (moment === null) return;
    sought.current = true;
    playback.seek(moment);
  }, [playback, asked, loaded, content, now]);
  const seek = (moment: number) => {
    sought.current = true;
    setOtherDate(null);
    playback.seek(Math.min(moment, now));
  };
  useAddress(chosen, state.moment);
  const { skip, event } = useMoves(playback, state, contents, seek);
  const choose = (others: readonly string[]) => {
    navigate(addressOf(others, state.moment));
  };
  const nameOf = (camera: string) => cameras.find(({ id }) => id === camera)?.name ?? camera;
  const marking = useMarking(chosen, cameras, day, state.time);
  return (
    <div className="playback">
      <DayBar
        chosen={chosen}
        cameras={cameras}
        date={date}
        today={dateOf(now, zone)}
        time={state.time}
        onChoose={choose}
        onDate={setOtherDate}
        onTime={seek}
      />
      <div className="pictures" data-count={chosen.length}>
        {chosen.map((camera, index) => (
          <Tile
            key={camera}
            playback={playback}
            state={state}
            camera={camera}
            name={nameOf(camera)}
            content={contents[index] ?? NOTHING}
            muted={muted || index > 0}
            empty={loaded && content.recordings.length === 0}
            onChoose={
              chosen.length === 1
                ? null
                : () => {
                    choose([camera, ...chosen.filter((one) => one !== camera)]);
                  }
            }
          />
        ))}
      </div>
      <Controls playback={playback} state={state} muted={muted} onMute={setMuted} onSkip={skip} onEvent={event} />
      <Timeline
        key={`${chosen[0]} ${date}`}
        camera={chosen[0] ?? ""}
        day={day}
        content={content}
        others={contents.slice(1).map((one, index) => ({ name: nameOf(chosen[index + 1] ?? ""), content: one }))}
        time={state.time}
        onSeek={seek}
        over={marking.over}
      />
      {marking.panel}
      <DayTotals recorded={recorded[0]} />
    </div>
  );
}

/** By time, to gaps and to events; with keys of their own. */
function useMoves(
  playback: Playback,
  state: PlaybackState,
  contents: readonly DayContent[],
  seek: (moment: number) => void,
) {
  const from = (found: (time: number) => number | null) => {
    const moment = state.time === null ? null : found(state.time);
    if (moment !== null) seek(moment);
  };
  const moves = {
    skip: (seconds: number) => {
      from((time) => time + seconds * SECOND);
    },
    event: (direction: -1 | 1) => {
      from((time) => besidesEvent(contents, time, direction));
    },
    gap: (direction: -1 | 1) => {
      from((time) => besidesGap(contents[0] ?? NOTHING, time, direction));
    },
  };
  usePlaybackKeys(playback, state, moves);
  return moves;
}

const NOTHING: DayContent = { recordings: [], gaps: [], incidents: [] };

function useDay(chosen: Chosen, date: string) {
  const { zone } = useWords();
  const day = useMemo(() => dayBounds(date, zone), [date, zone]);
  const recorded = useRecorded(chosen, new Date(day.start).toISOString(), new Date(day.end).toISOString());
  const contents = recorded.map(({ recordings, incidents }) => contentOf(recordings, incidents));
  return { day, contents, recorded };
}

function DayTotals({ recorded }: { recorded: Recorded | undefined }) {
  const { t, duration, failure } = useWords();
  if (recorded?.error) return <p role="alert">{`${t("app.failed")}: ${failure(recorded.error)}`}</p>;
  if (recorded?.recordings === undefined) return <p className="quiet">{t("app.loading")}</p>;
  const { recorded_s: length, missing_s: missing } = recorded.recordings.totals;
  return (
    <p className="quiet">
      {t("play.recordedTotal", { duration: duration(length) })} · {t("play.missingTotal", { duration: duration(missing) })}
    </p>
  );
}

function addressOf([first, ...others]: readonly string[], moment: number | null): string {
  const parts = others.length === 0 ? [] : [`with=${others.join()}`];
  if (moment !== null) parts.push(`t=${new Date(moment).toISOString()}`);
  return `/recordings/${first ?? ""}${parts.length === 0 ? "" : "?"}${parts.join("&")}`;
}

/** Keeps cameras and moment in the address, so that it can be sent to somebody and survives a reload. */
function useAddress(chosen: Chosen, moment: number | null): void {
  const written = useRef(0);
  useEffect(() => {
    if (moment === null) return;
    const wait = Math.max(0, WRITE_ADDRESS_MS - (Date.now() - written.current));
    const timer = window.setTimeout(() => {
      written.current = Date.now();
      window.history.replaceState(window.history.state, "", addressOf(chosen, moment));
    }, Math.min(wait, MINUTE));
    return () => {
      window.clearTimeout(timer);
    };
  }, [chosen, moment]);
}
