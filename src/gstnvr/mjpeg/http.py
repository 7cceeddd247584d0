"""The head of one HTTP answer, under one deadline; what follows it is never read."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import h11

from gstnvr.mjpeg.url import HttpUrl
from gstnvr.model.faults import Reason
from gstnvr.model.trust import CertificateTrust
from gstnvr.rtsp.dial import CameraConnectionError, error_text
from gstnvr.rtsp.tls import open_streams, peer_fingerprint

MAX_HEAD_BYTES = 16 * 1024
_READ_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and fields of a response."""

    status: int
    phrase: str
    fields: tuple[tuple[str, str], ...]
    """Names in lower case."""
    address: tuple[str, int]
    """Numeric address and port that answered."""
    fingerprint: str | None
    """SHA-256 of the certificate that was shown; None without TLS."""

    def all(self, name: str) -> list[str]:
        """Values of all fields of that name, which is in lower case."""
        return [value for field, value in self.fields if field == name]

    def get(self, name: str) -> str | None:
        """Value of the first field of that name, which is in lower case."""
        return next(iter(self.all(name)), None)


async def get_head(
    target: HttpUrl, trust: CertificateTrust, fields: Sequence[tuple[str, str]], deadline: float
) -> Answer:
    """Ask for a resource on a connection of its own, and hang up when the head of the answer is there.

    Args:
        trust: which certificate is taken, for ``https``.
        deadline: on the clock of the running event loop.

    Raises:
        CameraConnectionError: no connection, not trusted, no answer in time, or not HTTP.
    """
    reader, writer = await open_streams(target, trust, deadline, MAX_HEAD_BYTES)
    host, port = writer.get_extra_info("peername")[:2]
    try:
        async with asyncio.timeout_at(deadline):
            response = await _exchange(reader, writer, target, fields)
    except TimeoutError:
        raise _no_answer(target) from None
    except h11.RemoteProtocolError as error:
        raise _not_http(target, str(error)) from None
    except OSError as error:
        raise _lost(target, error_text(error)) from None
    finally:
        writer.transport.abort()
    return Answer(
        status=response.status_code,
        phrase=response.reason.decode("latin-1"),
        fields=tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in response.headers),
        address=(str(host), int(port)),
        fingerprint=peer_fingerprint(writer),
    )


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    target: HttpUrl,
    fields: Sequence[tuple[str, str]],
) -> h11.Response:
    protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
    request = h11.Request(
        method="GET",
        target=target.path,
        headers=[("Host", target.authority), ("Connection", "close"), *fields],
    )
    writer.write((protocol.send(request) or b"") + (protocol.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    while True:
        event = protocol.next_event()
        if isinstance(event, h11.Response):
            return event
        if event is h11.NEED_DATA:
            data = await reader.read(_READ_BYTES)
            if not data:
                raise ConnectionResetError("closed by the camera")
            protocol.receive_data(data)


def _no_answer(target: HttpUrl) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.NO_ANSWER,
        f"Camera at {target.location} took the connection but did not answer in time: restart it if this lasts.",
    )


def _not_http(target: HttpUrl, why: str) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.NOT_HTTP, f"What listens at {target.location} does not speak HTTP ({why}): check the port."
    )


def _lost(target: HttpUrl, how: str) -> CameraConnectionError:
    return CameraConnectionError(
        Reason.CONNECTION_LOST,
        f"Connection to the camera at {target.location} was lost before it answered ({how}): "
        "check the network; it may also be starting.",
    )
