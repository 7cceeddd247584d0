import { useWords } from "../i18n/words";
import { type ListedCamera, useCameraChange } from "../settings/cameras";
import { Ask } from "../ui/Ask";
import { Failed } from "./Failed";

/** Asks, and removes a camera from the settings. */
export function DeleteCamera({ camera, onDone }: { camera: ListedCamera; onDone: (gone: boolean) => void }) {
  const { t } = useWords();
  const change = useCameraChange();
  return (
    <Ask
      question={t("cameras.deleteAsk", { name: camera.name })}
      yes={t("cameras.deleteYes")}
      busy={change.isPending}
      onYes={() => {
        change.mutate(
          { id: camera.id, change: null },
          {
            onSuccess: () => {
              onDone(true);
            },
          },
        );
      }}
      onNo={() => {
        onDone(false);
      }}
    >
      <p>{t("cameras.deleteMeans")}</p>
      <Failed error={change.error} />
    </Ask>
  );
}
