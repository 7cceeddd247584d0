"""Typed client of the REST API."""

import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from gstnvr.client import copy_models, disk_models, evidence_models, models, storage_models, volume_models
from gstnvr.client.errors import ApiError, NotRunningError
from gstnvr.model.ids import StreamKind

DEFAULT_URL = "http://127.0.0.1:8080"
_TIMEOUT_S = 10.0
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.@+-]")

T = TypeVar("T")


class _ErrorDetail(Struct, frozen=True):
    code: str
    message: str


class _ErrorAnswer(Struct, frozen=True):
    error: _ErrorDetail


class Client:
    """Asks one gstnvr; every method raises ``NotRunningError`` or ``ApiError`` when it cannot answer.

    Moments without a zone are taken as local time.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_URL,
        timeout_s: float = _TIMEOUT_S,
        user: str | None = None,
        *,
        token: str | None = None,
        certificate: Path | None = None,
    ) -> None:
        """No connection is made before the first request.

        Args:
            base_url: e.g. ``http://127.0.0.1:8080``.
            timeout_s: longest wait for each step of an answer.
            user: who asks, for the audit log; believed with the token of this machine only.
            token: an API token, or that of this machine; without one there is not much to ask.
            certificate: PEM file of the one certificate that the server may show; None: one that this machine
                trusts, and for the name in the address.
        """
        self._url = base_url.rstrip("/")
        # Proxies of the environment are for the world outside, not for a server on this machine.
        headers = {} if user is None else {"Gstnvr-User": _NOT_IN_A_NAME.sub("_", user)[:64]}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(
            base_url=f"{self._url}/api/v1/",
            timeout=timeout_s,
            trust_env=False,
            headers=headers,
            verify=True if certificate is None else _only(certificate),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it asks."""
        return self._url

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def streams(self) -> models.Streams:
        """Every configured stream as it is now."""
        return self._get("streams", {}, models.Streams)

    def volumes(self) -> volume_models.Volumes:
        """Every volume of the settings as it is now."""
        return self._get("volumes", {}, volume_models.Volumes)

    def recordings(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> models.Recordings:
        """Recordings and gaps of a stream; by default of the last 24 hours."""
        query = {"camera": camera, "stream": stream.value} | _span(start, end)
        return self._get("recordings", query, models.Recordings)

    def gaps(self, start: datetime | None = None, end: datetime | None = None) -> models.AllGaps:
        """What is missing of all cameras; by default of the last 24 hours."""
        return self._get("gaps", _span(start, end), models.AllGaps)

    def camera_gaps(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        zone: str = "UTC",
        limit: int = 1000,
    ) -> models.CameraGaps:
        """What is missing of a stream, by cause and by day of a time zone; by default of the last 24 hours."""
        query = {"stream": stream.value, "zone": zone, "limit": str(limit)} | _span(start, end)
        return self._get(f"cameras/{quote(camera, safe='')}/gaps", query, models.CameraGaps)

    def segments(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Iterator[models.Segment]:
        """Segments of a stream, oldest first; asked for page by page."""
        query = {"camera": camera, "stream": stream.value} | _span(start, end)
        while True:
            page = self._get("segments", query, models.Segments)
            yield from page.segments
            if page.next is None:
                return
            query["after"] = str(page.next)

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
        query = {"open": str(open_only).lower(), "limit": str(limit)} | _span(start, end)
        if camera is not None:
            query["camera"] = camera
        return self._get("incidents", query, models.Incidents).incidents

    def incident_statistics(
        self,
        camera: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        zone: str = "UTC",
    ) -> models.IncidentStatistics:
        """What the incidents that started within a span come to; by default of the last 30 days."""
        query = {"zone": zone} | _span(start, end)
        if camera is not None:
            query["camera"] = camera
        return self._get("incidents/statistics", query, models.IncidentStatistics)

    def disks(self) -> disk_models.Disks:
        """How the disks beneath the volumes are, and software RAID."""
        return self._get("disks", {}, disk_models.Disks)

    def storage(self) -> storage_models.Storage:
        """How room is used, what is kept of every camera, and what becomes of it."""
        return self._get("storage", {}, storage_models.Storage)

    def storage_plan(self, days: int = 7) -> storage_models.StoragePlan:
        """What will be deleted within the next days if all goes on as now."""
        return self._get("storage/plan", {"days": str(days)}, storage_models.StoragePlan)

    def copies(self) -> copy_models.CopyPlaces:
        """Places that take copies, how far these are, and what is wrong."""
        return self._get("copies", {}, copy_models.CopyPlaces)

    def restore_copies(
        self,
        camera: str,
        stream: StreamKind = StreamKind.MAIN,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> copy_models.Restoring:
        """Have segments brought back whose files are at other places only; by default all of the stream."""
        query = {"camera": camera, "stream": stream.value} | _span(start, end)
        response = self._request("copies/restore", query, method="POST")
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, copy_models.Restoring)

    def recorders(self) -> tuple[models.Recorder, ...]:
        """The processes that record."""
        return self._get("recorders", {}, models.Recorders).recorders

    def restart_recorders(self) -> int:
        """Have all of them replaced, one after the other, which goes on after the answer; how many."""
        response = self._request("recorders/restart", {}, method="POST")
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, models.RestartAccepted).recorders

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
        response = self._request(f"cameras/{quote(camera, safe='')}/recording", {}, method="POST", body=body)
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, models.Intent)

    def protect(
        self,
        cameras: Sequence[str],
        start: datetime,
        end: datetime,
        reason: str,
        stream: StreamKind = StreamKind.MAIN,
    ) -> tuple[evidence_models.Protection, ...]:
        """Keep a span of cameras from being deleted."""
        body = {"cameras": list(cameras), "stream": stream.value, "reason": reason} | _span(start, end)
        return self._send("protections", body, evidence_models.Protections).protections

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
        query = {"stream": stream.value, "released": str(released).lower()} | _span(start, end)
        if camera is not None:
            query["camera"] = camera
        return self._get("protections", query, evidence_models.Protections).protections

    def release(self, uid: str, reason: str) -> evidence_models.Protection:
        """Let a protected span be deleted again."""
        response = self._request(f"protections/{quote(uid, safe='')}", {"reason": reason}, method="DELETE")
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, evidence_models.Protection)

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
        return self._send("exports", body | _span(start, end) | {"pictures": pictures}, evidence_models.Export)

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
        return self._send("exports", body | _span(start, end) | pace, evidence_models.Export)

    def exports(self) -> tuple[evidence_models.Export, ...]:
        """Exports that wait, are under way, failed or are there, the newest first."""
        return self._get("exports", {}, evidence_models.Exports).exports

    def export_state(self, uid: str) -> evidence_models.Export:
        """An export as it is now."""
        return self._get(f"exports/{quote(uid, safe='')}", {}, evidence_models.Export)

    def remove_export(self, uid: str) -> None:
        """Stop an export, or delete what it made."""
        response = self._request(f"exports/{quote(uid, safe='')}", {}, method="DELETE")
        if not response.is_success:
            raise self._refused(response)

    def export_file(self, uid: str, name: str) -> Iterator[bytes]:
        """Content of a file of a finished export, piece by piece."""
        path = f"exports/{quote(uid, safe='')}/files/{quote(name, safe='')}"
        try:
            with self._http.stream("GET", path) as response:
                if not response.is_success:
                    response.read()
                    raise self._refused(response)
                yield from response.iter_bytes()
        except httpx.HTTPError as error:
            raise ApiError("no_answer", f"{name} did not come whole from {self._url}: {error}") from None

    def delete(
        self, camera: str, start: datetime, end: datetime, reason: str, stream: StreamKind = StreamKind.MAIN
    ) -> evidence_models.Deletion:
        """Have the segments deleted that lie within a span; it goes on after the answer."""
        body = {"camera": camera, "stream": stream.value, "reason": reason} | _span(start, end)
        return self._send("deletions", body, evidence_models.Deletion)

    def deletion(self, uid: str) -> evidence_models.Deletion:
        """A deletion as it is now."""
        return self._get(f"deletions/{quote(uid, safe='')}", {}, evidence_models.Deletion)

    def audit(self, limit: int = 100, before: int | None = None) -> evidence_models.AuditLog:
        """Who did what, the newest first."""
        query = {"limit": str(limit)} | ({} if before is None else {"before": str(before)})
        return self._get("audit", query, evidence_models.AuditLog)

    def health(self) -> models.Health:
        """Which parts respond; a part that does not is no error here."""
        response = self._request("healthz", {})
        if response.status_code not in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE):
            raise self._refused(response)
        return self._decode(response, models.Health)

    def _get(self, path: str, query: Mapping[str, str], kind: type[T]) -> T:
        response = self._request(path, query)
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, kind)

    def _send(self, path: str, body: object, kind: type[T]) -> T:
        response = self._request(path, {}, method="POST", body=body)
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, kind)

    def _request(
        self, path: str, query: Mapping[str, str], method: str = "GET", body: object = None
    ) -> httpx.Response:
        try:
            return self._http.request(method, path, params=dict(query), json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise NotRunningError(f"gstnvr is not running at {self._url}; start it with: gstnvr run") from None
        except httpx.TimeoutException:
            raise ApiError("no_answer", f"gstnvr at {self._url} does not answer") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError("no_answer", f"no usable answer from {self._url}: {error}") from None

    def _decode(self, response: httpx.Response, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ApiError(
                "not_gstnvr", f"what answers at {self._url} is not this version of gstnvr", response.status_code
            ) from None

    def _refused(self, response: httpx.Response) -> ApiError:
        error = self._decode(response, _ErrorAnswer).error
        return ApiError(error.code, error.message, response.status_code)


def _only(certificate: Path) -> ssl.SSLContext:
    """Takes this certificate, whoever signed it and whatever name it has, and no other.

    Raises:
        OSError: there is none in this file.
    """
    context = ssl.create_default_context(cafile=str(certificate))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = False
    return context


def _span(start: datetime | None, end: datetime | None) -> dict[str, str]:
    named = (("from", start), ("to", end))
    return {name: moment.astimezone().isoformat() for name, moment in named if moment is not None}
