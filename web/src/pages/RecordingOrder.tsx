import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useMay } from "../api/access";
import { answer, client } from "../api/client";
import type { OrderAction, Stream } from "../api/types";
import { useWords } from "../i18n/words";

/** Whether a camera is to be recorded, why, and having it otherwise. */
export function RecordingOrder({ stream }: { stream: Stream }) {
  const { t, label, dateTime, failure } = useWords();
  const queries = useQueryClient();
  const order = useMutation({
    mutationFn: (action: OrderAction) =>
      answer(
        client.POST("/api/v1/cameras/{camera}/recording", {
          params: { path: { camera: stream.camera } },
          body: { action },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ["streams"] }),
  });
  const { intent } = stream;
  const mayOrder = useMay("operator");
  const button = (action: OrderAction) => (
    <button
      type="button"
      disabled={order.isPending}
      onClick={() => {
        if (action !== "stop" || window.confirm(t("camera.order.confirmStop"))) order.mutate(action);
      }}
    >
      {t(`camera.order.${action}`)}
    </button>
  );
  return (
    <>
      <dl className="figures">
        <div>
          <dt>{t("camera.order.mode")}</dt>
          <dd>
            {label("mode", intent.mode)}
            {intent.order !== null &&
              `, ${t("camera.order.by", { by: intent.order.by, time: dateTime(intent.order.since) })}`}
            {intent.until !== null && `, ${t("camera.order.until", { time: dateTime(intent.until) })}`}
          </dd>
        </div>
      </dl>
      {mayOrder && (
        <div className="buttons">
          {intent.record ? button("stop") : button("start")}
          {intent.order !== null && button("automatic")}
        </div>
      )}
      {order.isError && <p role="alert">{t("camera.order.failed", { message: failure(order.error) })}</p>}
    </>
  );
}
