"""Typed client of the REST API."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from gstnvr.client import models
from gstnvr.client.errors import ApiError, NotRunningError
from gstnvr.model.ids import StreamKind

DEFAULT_URL = "http://127.0.0.1:8080"
_TIMEOUT_S = 10.0

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

    def __init__(self, base_url: str = DEFAULT_URL, timeout_s: float = _TIMEOUT_S) -> None:
        """No connection is made before the first request.

        Args:
            base_url: e.g. ``http://127.0.0.1:8080``.
            timeout_s: longest wait for each step of an answer.
        """
        self._url = base_url.rstrip("/")
        # Proxies of the environment are for the world outside, not for a server on this machine.
        self._http = httpx.Client(base_url=f"{self._url}/api/v1/", timeout=timeout_s, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def streams(self) -> models.Streams:
        """Every configured stream as it is now."""
        return self._get("streams", {}, models.Streams)

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

    def recorders(self) -> tuple[models.Recorder, ...]:
        """The processes that record."""
        return self._get("recorders", {}, models.Recorders).recorders

    def restart_recorders(self) -> int:
        """Have all of them replaced, one after the other, which goes on after the answer; how many."""
        response = self._request("recorders/restart", {}, method="POST")
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, models.RestartAccepted).recorders

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

    def _request(self, path: str, query: Mapping[str, str], method: str = "GET") -> httpx.Response:
        try:
            return self._http.request(method, path, params=dict(query))
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


def _span(start: datetime | None, end: datetime | None) -> dict[str, str]:
    named = (("from", start), ("to", end))
    return {name: moment.astimezone().isoformat() for name, moment in named if moment is not None}
