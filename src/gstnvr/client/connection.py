"""One connection to the API: what every question and answer has in common."""

import re
import ssl
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self, TypeVar

import httpx
import msgspec
from msgspec import Struct

from gstnvr.client.errors import ApiError, NotRunningError

DEFAULT_URL = "http://127.0.0.1:8080"
_TIMEOUT_S = 10.0
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.@+-]")

T = TypeVar("T")


class _Page(Protocol):
    @property
    def next(self) -> str | None: ...


Page = TypeVar("Page", bound=_Page)


class _ErrorDetail(Struct, frozen=True):
    code: str
    message: str


class _ErrorAnswer(Struct, frozen=True):
    error: _ErrorDetail


class Connection:
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

    def get(self, path: str, query: Mapping[str, str], kind: type[T]) -> T:
        """What is at an address."""
        response = self.request(path, query)
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, kind)

    def pages(self, path: str, query: Mapping[str, str], kind: type[Page]) -> Iterator[Page]:
        """A list, page by page, until its end or until no more is taken."""
        page = self.get(path, query, kind)
        yield page
        while page.next is not None:
            page = self.get(path, {**query, "cursor": page.next}, kind)
            yield page

    def send(self, path: str, body: object, kind: type[T], method: str = "POST") -> T:
        """The answer to a body."""
        response = self.request(path, {}, method, body)
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, kind)

    def request(
        self, path: str, query: Mapping[str, str], method: str = "GET", body: object = None
    ) -> httpx.Response:
        """The answer, whatever it says."""
        try:
            return self._http.request(method, path, params=dict(query), json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise NotRunningError(f"gstnvr is not running at {self._url}; start it with: gstnvr run") from None
        except httpx.TimeoutException:
            raise ApiError("no_answer", f"gstnvr at {self._url} does not answer") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ApiError("no_answer", f"no usable answer from {self._url}: {error}") from None

    def decode(self, response: httpx.Response, kind: type[T]) -> T:
        """What the body of an answer says."""
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ApiError(
                "not_gstnvr", f"what answers at {self._url} is not this version of gstnvr", response.status_code
            ) from None

    def refused(self, response: httpx.Response) -> ApiError:
        """The error that an answer tells of."""
        error = self.decode(response, _ErrorAnswer).error
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


def span(start: datetime | None, end: datetime | None) -> dict[str, str]:
    """Parameters of a request, as far as there are limits."""
    named = (("from", start), ("to", end))
    return {name: moment.astimezone().isoformat() for name, moment in named if moment is not None}
