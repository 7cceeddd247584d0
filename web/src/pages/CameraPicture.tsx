import { useCallback, useState } from "react";

import { useWords } from "../i18n/words";
import { type FeedState, type Way, wayOf } from "../live/feed";
import { LiveView } from "../live/LiveView";
import { codecName } from "../playback/codecs";
import { CauseText } from "../ui/CauseText";
import { type Camera, canBeAsked } from "./cameras";

/** Which stream is asked for, and how it comes; null: it does not. */
export interface Shown {
  stream: "main" | "sub";
  way: Way | null;
}

/** The live picture of a camera: the main stream, or the sub stream where the browser cannot play that. */
export function CameraPicture({ camera, onShown }: { camera: Camera; onShown: (shown: Shown) => void }) {
  const { t } = useWords();
  const [sound, setSound] = useState(false);
  const [unfit, setUnfit] = useState<string | null>(null);
  const { main, sub } = camera;
  const codec = main.statistics.video_codec;
  const stays = unfit !== null && (codec === null || codec === unfit);
  const shown = stays && sub !== null ? sub : main;
  const { stream } = shown;
  const note = useCallback(
    (state: FeedState) => {
      onShown({ stream, way: wayOf(state) });
      if (stream === "main" && state.kind === "unsupported") setUnfit(state.codec);
    },
    [onShown, stream],
  );
  return (
    <div className="camera-picture">
      <LiveView
        alone
        camera={camera.id}
        name={camera.name}
        stream={stream}
        audio={sound}
        connected={canBeAsked(shown)}
        expected={shown.state === "connecting"}
        failing={shown.cause !== null && shown.state !== "connected"}
        onState={note}
      />
      {stays && <p role="status">{sub === null ? t("live.subWouldHelp") : t("live.subInstead", { codec: codecName(unfit) })}</p>}
      {stream === "sub" && shown.cause !== null && (
        <p className="cause">
          {t("live.subCause")}: <CauseText cause={shown.cause} />
        </p>
      )}
      {shown.statistics.audio_codec !== null && (
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
  );
}
