import { useMutation } from "@tanstack/react-query";

import { adviceOn } from "../i18n/advice";
import { useWords } from "../i18n/words";
import { type CameraTried, tryCamera, type Wish } from "../settings/api";

/** Tries to reach a camera, and says what it offers, or exactly what is wrong and what to do. */
export function TryCamera({ wish, onFingerprint }: { wish: Wish; onFingerprint?: (fingerprint: string) => void }) {
  const { t, failure } = useWords();
  const attempt = useMutation({ mutationFn: tryCamera });
  return (
    <div className="try-camera">
      <button
        type="button"
        disabled={wish.url === "" || attempt.isPending}
        onClick={() => {
          attempt.mutate(wish);
        }}
      >
        {t(attempt.isPending ? "try.trying" : "try.try")}
      </button>
      <div aria-live="polite">
        {attempt.error !== null && (
          <p className="bad-text">
            {t("try.wrongWish")} {failure(attempt.error)}
          </p>
        )}
        {attempt.data !== undefined && <Result tried={attempt.data} pin={onFingerprint} />}
      </div>
    </div>
  );
}

function Result({ tried: { cause, offer }, pin }: { tried: CameraTried; pin: ((fingerprint: string) => void) | undefined }) {
  const { t, label, language } = useWords();
  if (cause !== null)
    return (
      <div className="failure" data-result={cause.reason}>
        <p>
          {t("try.failed")} <strong>{label("reason", cause.reason)}</strong>
        </p>
        <p>{adviceOn(cause.reason, language)}</p>
        <p lang="en" className="quiet">
          {cause.message}
        </p>
      </div>
    );
  if (offer === null) return null;
  const { tls_fingerprint: fingerprint } = offer;
  return (
    <div data-result="ok">
      <p>
        <strong>{t("try.ok")}</strong> {t("try.video", { codec: offer.video.toUpperCase() })}
        {offer.audio !== null && ` · ${t("try.audio", { codec: offer.audio.toUpperCase() })}`}
      </p>
      <p className="quiet">
        {offer.address}
        {offer.server !== null && ` · ${offer.server}`}
      </p>
      {fingerprint !== null && pin !== undefined && (
        <button
          type="button"
          onClick={() => {
            pin(fingerprint);
          }}
        >
          {t("try.pin")}
        </button>
      )}
    </div>
  );
}
