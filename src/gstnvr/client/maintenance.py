"""What a client asks that looks after gstnvr itself."""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Any

from gstnvr.client import maintenance_models
from gstnvr.client.connection import Connection, span

_LARGEST_PAGE = 1000


class MaintenanceCalls(Connection):
    """Settings, cameras that are tried, logs, diagnostics."""

    def settings(self) -> maintenance_models.Settings:
        """The configuration file, secrets masked."""
        return self.get("settings", {}, maintenance_models.Settings)

    def settings_schema(self) -> maintenance_models.SettingsSchema:
        """What may be in it."""
        return self.get("settings/schema", {}, maintenance_models.SettingsSchema)

    def change_settings(
        self, patch: Mapping[str, Any], digest: str | None = None
    ) -> maintenance_models.ChangedSettings:
        """Merge a patch into the configuration file, all of it or nothing.

        Args:
            digest: of the file that the patch was made for.
        """
        body = {"settings": dict(patch), "digest": digest}
        return self.send("settings", body, maintenance_models.ChangedSettings, method="PATCH")

    def try_camera(self, camera: Mapping[str, Any]) -> maintenance_models.TriedCamera:
        """Have a camera reached, and learn what it offers or why it does not.

        Args:
            camera: as ``CameraToTry`` of the API.
        """
        return self.send("cameras/try", dict(camera), maintenance_models.TriedCamera)

    def log(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        text: str | None = None,
        level: str | None = None,
        camera: str | None = None,
        limit: int = 100,
    ) -> tuple[maintenance_models.LogLine, ...]:
        """What the processes of gstnvr logged, the newest first; so many lines at most."""
        wishes = {"text": text, "level": level, "camera": camera, "limit": str(min(limit, _LARGEST_PAGE))}
        query = {name: value for name, value in wishes.items() if value is not None} | span(start, end)
        pages = self.pages("logs", query, maintenance_models.Log)
        return tuple(islice(chain.from_iterable(page.lines for page in pages), limit))

    def diagnostics(self) -> bytes:
        """A ZIP file for whoever is asked for help, without secrets."""
        response = self.request("diagnostics", {})
        if not response.is_success:
            raise self.refused(response)
        return response.content

    def about(self) -> maintenance_models.About:
        """Versions and licences."""
        return self.get("about", {}, maintenance_models.About)
