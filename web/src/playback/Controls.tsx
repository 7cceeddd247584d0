import { useWords } from "../i18n/words";
import { Choice } from "../ui/Choice";
import { Icon, type IconName } from "../ui/Icon";
import { type Player, type PlayerState, RATES } from "./player";

interface Props {
  player: Player | null;
  state: PlayerState;
  muted: boolean;
  onMute: (muted: boolean) => void;
  onSkip: (seconds: number) => void;
  onGap: (direction: -1 | 1) => void;
}

/** Play, steps, speed, sound. */
export function Controls({ player, state, muted, onMute, onSkip, onGap }: Props) {
  const { t } = useWords();
  const button = (name: string, sign: IconName, then: () => void, className?: string) => (
    <button type="button" className={className} aria-label={name} title={name} onClick={then}>
      <Icon name={sign} />
    </button>
  );
  return (
    <div className="controls">
      <div className="buttons">
        {button(t("play.previousGap"), "previousGap", () => {
          onGap(-1);
        })}
        {button(t("play.back10"), "back", () => {
          onSkip(-10);
        })}
        {button(t("play.stepBack"), "stepBack", () => player?.step(-1))}
        {state.playing
          ? button(t("play.pause"), "pause", () => player?.pause(), "primary play")
          : button(t("play.play"), "play", () => player?.play(), "primary play")}
        {button(t("play.stepForward"), "stepForward", () => player?.step(1))}
        {button(t("play.forward10"), "forward", () => {
          onSkip(10);
        })}
        {button(t("play.nextGap"), "nextGap", () => {
          onGap(1);
        })}
      </div>
      <div className="toolbar">
        <Choice
          label={t("play.speed")}
          value={String(state.rate)}
          options={RATES.map((rate): [string, string] => [String(rate), `${rate}×`])}
          onChange={(rate) => player?.setRate(Number(rate))}
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
