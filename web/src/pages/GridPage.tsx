import { Link } from "wouter";

import { useMay } from "../api/access";
import { useStreams } from "../api/queries";
import { CameraGrid } from "../grid/CameraGrid";
import { useLayouts } from "../grid/queries";
import { useWords } from "../i18n/words";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { camerasOf } from "./cameras";

/** All cameras: picture, state and figures of each. */
export function GridPage() {
  const { t } = useWords();
  const query = useStreams();
  const saved = useLayouts();
  return (
    <Page title={t("grid.title")} className="wide">
      <Loaded query={query}>
        {({ streams, time }) => {
          const cameras = camerasOf(streams);
          if (cameras.length === 0) return <NoCameras />;
          if (saved.isPending) return <p className="quiet">{t("app.loading")}</p>;
          const { layouts = [], default: first = null } = saved.data ?? {};
          return <CameraGrid cameras={cameras} layouts={layouts} first={first} now={time} />;
        }}
      </Loaded>
    </Page>
  );
}

function NoCameras() {
  const { t } = useWords();
  const administers = useMay("administrator");
  return (
    <div className="empty">
      <h2>{t("grid.empty")}</h2>
      {administers ? <Link href="/welcome">{t("admin.guide")}</Link> : <p>{t("grid.emptyHint")}</p>}
    </div>
  );
}
