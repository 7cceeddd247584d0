import { useWords } from "../i18n/words";
import type { Span } from "../playback/spans";
import { SECOND } from "../time/zone";
import { Dialog } from "../ui/Dialog";
import { DeletionView } from "./DeletionView";
import { useDelete, useDeletions } from "./queries";
import { ReasonForm } from "./ReasonForm";

interface Props {
  span: Span;
  cameras: readonly { id: string; name: string }[];
  onClose: () => void;
}

/** Asks whether recordings are to be deleted, and shows what becomes of it. */
export function DeleteDialog({ span, cameras, onClose }: Props) {
  const { t, dateTime, duration } = useWords();
  const order = useDelete();
  const names = new Map(cameras.map(({ id, name }) => [id, name]));
  return (
    <Dialog title={t("delete.dialog")} onClose={onClose}>
      {order.data === undefined ? (
        <ReasonForm
          submit={t("delete.order")}
          danger
          busy={order.isPending}
          error={order.error}
          onSubmit={(reason) => {
            order.mutate({ cameras: [...names.keys()], span, reason });
          }}
          onCancel={onClose}
        >
          <p>
            <strong>
              {t("delete.question", {
                duration: duration((span.end - span.start) / SECOND),
                cameras: [...names.values()].join(", "),
                from: dateTime(span.start),
                to: dateTime(span.end),
              })}
            </strong>
          </p>
          <p>{t("delete.hint")}</p>
        </ReasonForm>
      ) : (
        <Begun uids={order.data.map(({ uid }) => uid)} names={names} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Begun({ uids, names, onClose }: { uids: readonly string[]; names: ReadonlyMap<string, string>; onClose: () => void }) {
  const { t } = useWords();
  const deletions = useDeletions(true).data?.deletions ?? [];
  return (
    <div className="stacked">
      <ul className="plain">
        {deletions
          .filter(({ uid }) => uids.includes(uid))
          .map((one) => (
            <li key={one.uid}>
              <DeletionView deletion={one} name={names.get(one.camera) ?? one.camera} />
            </li>
          ))}
      </ul>
      <div className="buttons">
        <button type="button" onClick={onClose}>
          {t("app.close")}
        </button>
      </div>
    </div>
  );
}
