import { Link, Redirect, Route, Switch } from "wouter";

import { AddCameraPage } from "../admin/AddCameraPage";
import { CameraSettingsPage } from "../admin/CameraSettingsPage";
import { CamerasPage } from "../admin/CamerasPage";
import { GuidePage } from "../admin/GuidePage";
import { SettingsPage } from "../admin/SettingsPage";
import { useMay } from "../api/access";
import { HearsWhatHappens } from "../api/hearing";
import { useWords } from "../i18n/words";
import { AboutPage } from "../pages/AboutPage";
import { CameraPage } from "../pages/CameraPage";
import { DiagnosticsPage } from "../pages/DiagnosticsPage";
import { ExportsPage } from "../pages/ExportsPage";
import { GridPage } from "../pages/GridPage";
import { IncidentPage } from "../pages/IncidentPage";
import { IncidentsPage } from "../pages/IncidentsPage";
import { LogsPage } from "../pages/LogsPage";
import { RecordingsPage } from "../pages/RecordingsPage";
import { StoragePage } from "../pages/StoragePage";
import { AccountPage } from "../people/AccountPage";
import { AuditPage } from "../people/AuditPage";
import { UsersPage } from "../people/UsersPage";
import { Page } from "../ui/Page";
import { Entrance } from "./Entrance";
import { Shell } from "./Shell";

export function App() {
  return (
    <Entrance>
      <HearsWhatHappens>
        <Pages />
      </HearsWhatHappens>
    </Entrance>
  );
}

function Pages() {
  const administers = useMay("administrator");
  return (
    <Shell>
      <Switch>
        <Route path="/">
          <Redirect to="/cameras" replace />
        </Route>
        <Route path="/setup">
          <Redirect to="/welcome" replace />
        </Route>
        <Route path="/cameras" component={GridPage} />
        <Route path="/cameras/:camera">{({ camera }) => <CameraPage key={camera} camera={camera} />}</Route>
        <Route path="/cameras/:camera/settings">
          {({ camera }) => (administers ? <CameraSettingsPage key={camera} camera={camera} /> : <NotFound />)}
        </Route>
        <Route path="/recordings/:camera?">{({ camera }) => <RecordingsPage camera={camera ?? ""} />}</Route>
        <Route path="/exports" component={ExportsPage} />
        <Route path="/incidents" component={IncidentsPage} />
        <Route path="/incidents/:id">{({ id }) => <IncidentPage key={id} id={decodeURIComponent(id)} />}</Route>
        <Route path="/storage" component={StoragePage} />
        <Route path="/logs" component={LogsPage} />
        <Route path="/diagnostics" component={DiagnosticsPage} />
        <Route path="/about" component={AboutPage} />
        <Route path="/account" component={AccountPage} />
        <Route path="/settings/*?">{administers ? <AdminPages /> : <NotFound />}</Route>
        <Route path="/welcome">{administers ? <GuidePage /> : <NotFound />}</Route>
        <Route component={NotFound} />
      </Switch>
    </Shell>
  );
}

function AdminPages() {
  return (
    <Switch>
      <Route path="/settings" component={SettingsPage} />
      <Route path="/settings/cameras" component={CamerasPage} />
      <Route path="/settings/cameras/new" component={AddCameraPage} />
      <Route path="/settings/users" component={UsersPage} />
      <Route path="/settings/audit" component={AuditPage} />
      <Route component={NotFound} />
    </Switch>
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
