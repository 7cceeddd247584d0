import { useWords } from "../i18n/words";
import type { Span } from "../playback/spans";
import { Dialog } from "../ui/Dialog";
import { useProtect } from "./queries";
import { ReasonForm } from "./ReasonForm";

interface Props {
  span: Span;
  cameras: readonly { id: string; name: string }[];
  onClose: () => void;
}

/** Protects a range of cameras. */
export function ProtectDialog({ span, cameras, onClose }: Props) {
  const { t, dateTime } = useWords();
  const protect = useProtect();
  return (
    <Dialog title={t("protect.dialog")} onClose={onClose}>
      <ReasonForm
        submit={t("protect.order")}
        busy={protect.isPending}
        error={protect.error}
        onSubmit={(reason) => {
          protect.mutate({ cameras: cameras.map(({ id }) => id), span, reason }, { onSuccess: onClose });
        }}
        onCancel={onClose}
      >
        <p>
          {cameras.map(({ name }) => name).join(", ")} · {dateTime(span.start)} – {dateTime(span.end)}
        </p>
        <p className="quiet">{t("protect.hint")}</p>
      </ReasonForm>
    </Dialog>
  );
}
