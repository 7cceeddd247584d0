import { useEffect, useRef, useState } from "react";

import { useHearing } from "../api/hearing";
import { useWords, type Words } from "../i18n/words";
import { codecName } from "../playback/codecs";
import { type FeedState, NOTHING_YET, wayOf } from "./feed";
import { LivePicture } from "./picture";

interface Props {
  camera: string;
  name: string;
  stream: "main" | "sub";
  audio?: boolean;
  /** There are no others beside it. */
  alone?: boolean;
  /** Else nothing is asked for. */
  connected: boolean;
  /** There will be pictures in a moment, as far as is known. */
  expected?: boolean;
  /** It is known that there are none now. */
  failing?: boolean;
  onState?: (state: FeedState) => void;
}

/** The live picture of a stream; it costs nothing while it cannot be seen. */
export function LiveView({ camera, name, stream, audio = false, alone = false, connected, expected = false, failing = false, onState }: Props) {
  const words = useWords();
  const label = words.t("live.picture", { name });
  const stage = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<FeedState>(NOTHING_YET);
  const seen = useSeen(stage);
  const { restarts } = useHearing();
  useEffect(() => {
    if (stage.current === null || !seen || !connected) return;
    const picture = new LivePicture(stage.current, () => makeVideo(label, audio), { camera, stream, audio, alone }, setState);
    picture.start();
    return () => {
      picture.stop();
    };
  }, [camera, stream, audio, alone, label, seen, connected, restarts]);
  useEffect(() => {
    onState?.(state);
  }, [onState, state]);
  const waits = state.kind === "connecting" || state.kind === "no-pictures";
  const outlook: FeedState = failing || (state.kind === "no-pictures" && !expected) ? { kind: "no-pictures" } : NOTHING_YET;
  const note = connected ? noteOf(waits ? outlook : state, words) : words.t("live.noPictures");
  return (
    <div className="picture" data-live={connected ? state.kind : "off"} data-way={wayOf(state) ?? undefined}>
      <div ref={stage} className="picture-stage" />
      {note !== "" && <p className="picture-note">{note}</p>}
    </div>
  );
}

function makeVideo(label: string, audio: boolean): HTMLVideoElement {
  const video = document.createElement("video");
  video.muted = !audio;
  video.playsInline = true;
  video.disablePictureInPicture = true;
  video.ariaLabel = label;
  return video;
}

function noteOf(state: FeedState, { t }: Words): string {
  switch (state.kind) {
    case "connecting":
      return t("live.connecting");
    case "playing":
      return "";
    case "no-pictures":
      return t("live.noPictures");
    case "unsupported":
      return t("live.unsupported", { codec: codecName(state.codec) });
    case "lost":
      return t("live.failed");
  }
}

/** Whether an element is on the screen of somebody who looks. */
function useSeen(element: React.RefObject<Element | null>): boolean {
  const [onScreen, setOnScreen] = useState(false);
  const [pageShown, setPageShown] = useState(!document.hidden);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver((entries) => {
      setOnScreen(entries.some((entry) => entry.isIntersecting));
    });
    observer.observe(element.current);
    const follow = () => {
      setPageShown(!document.hidden);
    };
    document.addEventListener("visibilitychange", follow);
    return () => {
      observer.disconnect();
      document.removeEventListener("visibilitychange", follow);
    };
  }, [element]);
  return onScreen && pageShown;
}
