"""Typed client of the REST API."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from urllib.parse import quote

import httpx
from msgspec.structs import replace as with_fields

from gstnvr.client import copy_models, disk_models, evidence_models, models, storage_models, volume_models
from gstnvr.client.connection import DEFAULT_URL, span
from gstnvr.client.errors import ApiError
from gstnvr.client.maintenance import MaintenanceCalls
from gstnvr.model.ids import StreamKind

__all__ = ["DEFAULT_URL", "Client"]

_LARGEST_PAGE = 1000


class Client(MaintenanceCalls):
    """Asks one gstnvr; every method raises ``NotRunningError`` or ``ApiError`` when it cannot answer.

    Moments without a zone are taken as local time.
    """

    def streams(self) -> models.Streams:
        """Every configured stream as it is now."""
        return self.get("streams", {}, models.Streams)

    def volumes(self) -> volume_models.Volumes:
        """Every volume of the settings as it is now."""
        return self.get("volumes", {}, volume_models.Volumes)

    def recordings(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> models.Recordings:
        """Recordings and gaps of a stream; by default of the last 24 hours."""
        query = {"camera": camera, "stream": stream.value} | span(start, end)
        first, *others = self.pages("recordings", query, models.Recordings)
        return with_fields(
            first,
            recordings=tuple(one for page in (first, *others) for one in page.recordings),
            gaps=tuple(one for page in (first, *others) for one in page.gaps),
            next=None,
        )

    def gaps(self, start: datetime | None = None, end: datetime | None = None) -> models.AllGaps:
        """What is missing of all cameras; by default of the last 24 hours."""
        return self.get("gaps", span(start, end), models.AllGaps)

    def camera_gaps(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        zone: str = "UTC",
    ) -> models.CameraGaps:
        """What is missing of a stream, by cause and by day of a time zone; by default of the last 24 hours."""
        query = {"stream": stream.value, "zone": zone} | span(start, end)
        first, *older = self.pages(f"cameras/{quote(camera, safe='')}/gaps", query, models.CameraGaps)
        gaps = tuple(gap for page in (*reversed(older), first) for gap in page.gaps)
        return with_fields(first, gaps=gaps, next=None)

    def segments(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Iterator[models.Segment]:
        """Segments of a stream, oldest first; asked for page by page."""
        query = {"camera": camera, "stream": stream.value} | span(start, end)
        for page in self.pages("segments", query, models.Segments):
            yield from page.segments

    def incidents(
        self,
        camera: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        open_only: bool = False,
        limit: int = 100,
    ) -> tuple[models.Incident, ...]:
        """Incidents that overlap a span, newest first."""
        query = {"open": str(open_only).lower(), "limit": str(min(limit, _LARGEST_PAGE))} | span(start, end)
        if camera is not None:
            query["camera"] = camera
        pages = self.pages("incidents", query, models.Incidents)
        return tuple(islice(chain.from_iterable(page.incidents for page in pages), limit))

    def incident_statistics(
        self,
        camera: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        zone: str = "UTC",
    ) -> models.IncidentStatistics:
        """What the incidents that started within a span come to; by default of the last 30 days."""
        query = {"zone": zone} | span(start, end)
        if camera is not None:
            query["camera"] = camera
        return self.get("incidents/statistics", query, models.IncidentStatistics)

    def disks(self) -> disk_models.Disks:
        """How the disks beneath the volumes are, and software RAID."""
        return self.get("disks", {}, disk_models.Disks)

    def storage(self) -> storage_models.Storage:
        """How room is used, what is kept of every camera, and what becomes of it."""
        return self.get("storage", {}, storage_models.Storage)

    def storage_plan(self, days: int = 7) -> storage_models.StoragePlan:
        """What will be deleted within the next days if all goes on as now."""
        return self.get("storage/plan", {"days": str(days)}, storage_models.StoragePlan)

    def copies(self) -> copy_models.CopyPlaces:
        """Places that take copies, how far these are, and what is wrong."""
        return self.get("copies", {}, copy_models.CopyPlaces)

    def restore_copies(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> copy_models.Restoring:
        """Have segments brought back whose files are at other places only; by default all of the stream."""
        query = {"camera": camera, "stream": stream.value} | span(start, end)
        response = self.request("copies/restore", query, method="POST")
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, copy_models.Restoring)

    def recorders(self) -> tuple[models.Recorder, ...]:
        """The processes that record."""
        return self.get("recorders", {}, models.Recorders).recorders

    def restart_recorders(self) -> int:
        """Have all of them replaced, one after the other, which goes on after the answer; how many."""
        response = self.request("recorders/restart", {}, method="POST")
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, models.RestartAccepted).recorders

    def order_recording(
        self,
        camera: str,
        action: models.OrderAction,
        *,
        length: timedelta | None = None,
        until: datetime | None = None,
    ) -> models.Intent:
        """Start or stop the recording of a camera, or leave it to its mode again; what holds then."""
        body: dict[str, str | float] = {"action": action.value}
        if length is not None:
            body["for_s"] = length.total_seconds()
        if until is not None:
            body["until"] = until.astimezone().isoformat()
        response = self.request(f"cameras/{quote(camera, safe='')}/recording", {}, method="POST", body=body)
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, models.Intent)

    def protect(
        self,
        cameras: Sequence[str],
        start: datetime,
        end: datetime,
        reason: str,
        stream: StreamKind = StreamKind.MAIN,
    ) -> tuple[evidence_models.Protection, ...]:
        """Keep a span of cameras from being deleted."""
        body = {"cameras": list(cameras), "stream": stream.value, "reason": reason} | span(start, end)
        return self.send("protections", body, evidence_models.Protections).protections

    def protections(
        self,
        camera: str | None = None,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        released: bool = False,
    ) -> tuple[evidence_models.Protection, ...]:
        """What is kept from being deleted, by start."""
        query = {"stream": stream.value, "released": str(released).lower()} | span(start, end)
        if camera is not None:
            query["camera"] = camera
        pages = self.pages("protections", query, evidence_models.Protections)
        return tuple(one for page in pages for one in page.protections)

    def release(self, uid: str, reason: str) -> evidence_models.Protection:
        """Let a protected span be deleted again."""
        response = self.request(f"protections/{quote(uid, safe='')}", {"reason": reason}, method="DELETE")
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, evidence_models.Protection)

    def export(
        self,
        cameras: Sequence[str],
        start: datetime,
        end: datetime,
        *,
        stream: StreamKind = StreamKind.MAIN,
        zone: str = "UTC",
        reason: str = "",
        pictures: bool = True,
    ) -> evidence_models.Export:
        """Have recordings put into signed files of their own; it goes on after the answer."""
        body = {"cameras": list(cameras), "stream": stream.value, "zone": zone, "reason": reason}
        return self.send("exports", body | span(start, end) | {"pictures": pictures}, evidence_models.Export)

    def timelapse(
        self,
        camera: str,
        start: datetime,
        end: datetime,
        *,
        every_s: float,
        fps: int,
        stream: StreamKind = StreamKind.MAIN,
        zone: str = "UTC",
        reason: str = "",
    ) -> evidence_models.Export:
        """Have a time-lapse made of a camera; it goes on after the answer."""
        body = {"kind": "timelapse", "cameras": [camera], "stream": stream.value, "zone": zone, "reason": reason}
        pace = {"every_s": every_s, "fps": fps, "pictures": False}
        return self.send("exports", body | span(start, end) | pace, evidence_models.Export)

    def exports(self) -> tuple[evidence_models.Export, ...]:
        """Exports that wait, are under way, failed or are there, the newest first."""
        return tuple(one for page in self.pages("exports", {}, evidence_models.Exports) for one in page.exports)

    def export_state(self, uid: str) -> evidence_models.Export:
        """An export as it is now."""
        return self.get(f"exports/{quote(uid, safe='')}", {}, evidence_models.Export)

    def remove_export(self, uid: str) -> None:
        """Stop an export, or delete what it made."""
        response = self.request(f"exports/{quote(uid, safe='')}", {}, method="DELETE")
        if not response.is_success:
            raise self.refused(response)

    def export_file(self, uid: str, name: str) -> Iterator[bytes]:
        """Content of a file of a finished export, piece by piece."""
        path = f"exports/{quote(uid, safe='')}/files/{quote(name, safe='')}"
        try:
            with self._http.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    raise self.refused(response)
                yield from response.iter_bytes()
        except httpx.HTTPError as error:
            raise ApiError("no_answer", f"{name} did not come whole from {self._url}: {error}") from None

    def delete(
        self, camera: str, start: datetime, end: datetime, reason: str, stream: StreamKind = StreamKind.MAIN
    ) -> evidence_models.Deletion:
        """Have the segments deleted that lie within a span; it goes on after the answer."""
        body = {"camera": camera, "stream": stream.value, "reason": reason} | span(start, end)
        return self.send("deletions", body, evidence_models.Deletion)

    def deletion(self, uid: str) -> evidence_models.Deletion:
        """A deletion as it is now."""
        return self.get(f"deletions/{quote(uid, safe='')}", {}, evidence_models.Deletion)

    def audit(self, limit: int = 100) -> tuple[evidence_models.AuditLine, ...]:
        """Who did what, the newest first; so many lines at most."""
        pages = self.pages("audit", {"limit": str(min(limit, _LARGEST_PAGE))}, evidence_models.AuditLog)
        return tuple(islice(chain.from_iterable(page.lines for page in pages), limit))

    def health(self) -> models.Health:
        """Which parts respond; a part that does not is no error here."""
        response = self.request("healthz", {})
        if response.status_code not in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE):
            raise self.refused(response)
        return self.decode(response, models.Health)
