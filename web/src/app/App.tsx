import { Link, Redirect, Route, Switch } from "wouter";

import { useWords } from "../i18n/words";
import { AboutPage } from "../pages/AboutPage";
import { CameraPage } from "../pages/CameraPage";
import { ExportsPage } from "../pages/ExportsPage";
import { GridPage } from "../pages/GridPage";
import { IncidentsPage } from "../pages/IncidentsPage";
import { RecordingsPage } from "../pages/RecordingsPage";
import { StoragePage } from "../pages/StoragePage";
import { Page } from "../ui/Page";
import { Entrance } from "./Entrance";
import { Shell } from "./Shell";

export function App() {
  return (
    <Entrance>
      <Pages />
    </Entrance>
  );
}

function Pages() {
  return (
    <Shell>
      <Switch>
        <Route path="/">
          <Redirect to="/cameras" replace />
        </Route>
        <Route path="/setup">
          <Redirect to="/cameras" replace />
        </Route>
        <Route path="/cameras" component={GridPage} />
        <Route path="/cameras/:camera">{({ camera }) => <CameraPage key={camera} camera={camera} />}</Route>
        <Route path="/recordings/:camera?">{({ camera }) => <RecordingsPage camera={camera ?? ""} />}</Route>
        <Route path="/exports" component={ExportsPage} />
        <Route path="/incidents" component={IncidentsPage} />
        <Route path="/storage" component={StoragePage} />
        <Route path="/about" component={AboutPage} />
        <Route component={NotFound} />
      </Switch>
    </Shell>
  );
}

function NotFound() {
  const { t } = useWords();
  return (
    <Page title={t("app.notFound")}>
      <Link href="/cameras">{t("app.toCameras")}</Link>
    </Page>
  );
}
