import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { Icon, type IconName } from "../ui/Icon";
import { type Playback, type PlaybackState, RATES } from "./playback";

interface Props {
  playback: Playback;
  state: PlaybackState;
  muted: boolean;
  onMute: (muted: boolean) => void;
  onSkip: (seconds: number) => void;
  onEvent: (direction: -1 | 1) => void;
}

/** Play, steps, speed, sound. */
export function Controls({ playback, state, muted, onMute, onSkip, onEvent }: Props) {
  const { t } = useWords();
  const button = (name: string, sign: IconName, then: () => void, className?: string) => (
    <button type="button" className={className} aria-label={name} title={name} onClick={then}>
      <Icon name={sign} />
    </button>
  );
  return (
    <div className="controls">
      <div className="buttons">
        {button(t("play.previousEvent"), "previousEvent", () => {
          onEvent(-1);
        })}
        {button(t("play.back10"), "back", () => {
          onSkip(-10);
        })}
        {button(t("play.stepBack"), "stepBack", () => {
          playback.step(-1);
        })}
        {state.playing
          ? button(t("play.pause"), "pause", playback.pause, "primary play")
          : button(t("play.play"), "play", () => {
              playback.play();
            }, "primary play")}
        {button(t("play.stepForward"), "stepForward", () => {
          playback.step(1);
        })}
        {button(t("play.forward10"), "forward", () => {
          onSkip(10);
        })}
        {button(t("play.nextEvent"), "nextEvent", () => {
          onEvent(1);
        })}
      </div>
      <div className="toolbar">
        <Choice
          label={t("play.speed")}
          value={String(state.rate)}
          options={RATES.map((rate): [string, string] => [String(rate), `${rate}×`])}
          onChange={(rate) => {
            playback.setRate(Number(rate));
          }}
        />
        <button
          type="button"
          aria-pressed={!muted}
          onClick={() => {
            onMute(!muted);
          }}
        >
          {muted ? t("play.unmute") : t("play.mute")}
        </button>
      </div>
    </div>
  );
}
