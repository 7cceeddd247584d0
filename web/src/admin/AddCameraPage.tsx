import { useLocation } from "wouter";

import { useWords } from "../i18n/words";
import { camerasIn } from "../settings/cameras";
import { WithSettings } from "../settings/WithSettings";
import { Card, Page } from "../ui/Page";
import { AdminNav } from "./AdminNav";
import { CameraForm } from "./CameraForm";

export function AddCameraPage() {
  const { t } = useWords();
  const [, go] = useLocation();
  return (
    <Page title={t("cameras.add")}>
      <AdminNav />
      <Card title={t("cameras.new")}>
        <WithSettings>
          {(file) => (
            <CameraForm
              taken={camerasIn(file.inFile).map(({ id }) => id)}
              onAdded={(id) => {
                go(`/cameras/${id}`);
              }}
            />
          )}
        </WithSettings>
      </Card>
    </Page>
  );
}
