"""One RTSP connection as a client, under one deadline, with each way to fail told apart."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gstnvr.model.faults import Reason
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust
from gstnvr.rtsp.dial import CameraConnectionError, error_text
from gstnvr.rtsp.digest import Credentials
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, RtspSyntaxError, headers
from gstnvr.rtsp.tunnel import open_tunnel
from gstnvr.rtsp.url import RtspUrl
from gstnvr.rtsp.wire import Wire, open_wire

_PROVISIONAL = range(100, 200)
"""Says that the answer is being thought about."""
_MOST_OTHERS = 100
"""Messages that are no answer to our question, while we wait for one."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a camera lets itself be spoken to."""

    credentials: Credentials | None = None
    trust: CertificateTrust = SYSTEM_AUTHORITIES
    tunnel: bool = False
    """Within HTTP."""


class Connection:
    """Sends requests one after the other; made by ``connect``."""

    def __init__(self, wire: Wire, target: RtspUrl, deadline: float) -> None:
        self.wire = wire
        self._target = target
        self._deadline = deadline
        self._parser = MessageParser()
        self._sequence = 0

    async def request(self, method: str, url: str, fields: Sequence[tuple[str, str]]) -> RtspResponse:
        """Send a request and wait for its answer.

        Raises:
            CameraConnectionError: no answer in time, not RTSP, or the connection was lost.
        """
        self._sequence += 1
        request = RtspRequest(method, url, headers([("CSeq", str(self._sequence)), *fields]))
        try:
            async with asyncio.timeout_at(self._deadline):
                await self.wire.send(request.encode())
                return await self._response()
        except TimeoutError:
            raise CameraConnectionError(
                Reason.NO_ANSWER,
                f"Camera at {self._target.location} took the connection but did not answer in time: "
                "restart it if this lasts.",
            ) from None
        except RtspSyntaxError as error:
            raise CameraConnectionError(
                Reason.NOT_RTSP,
                f"What listens at {self._target.location} does not speak RTSP ({error}): check the port.",
            ) from None
        except OSError as error:
            raise self._lost(error_text(error)) from None

    async def _response(self) -> RtspResponse:
        others = 0
        while True:
            data = await self.wire.receive()
            if not data:
                raise self._lost("closed by the camera")
            for message in self._parser.feed(data):
                if isinstance(message, RtspResponse) and self._is_answer(message):
                    return message
                others += 1
                if others > _MOST_OTHERS:
                    raise RtspSyntaxError("it talks and talks, and does not answer")

    def _is_answer(self, response: RtspResponse) -> bool:
        final = response.status not in _PROVISIONAL
        return final and response.headers.get("CSeq") in (str(self._sequence), None)

    def _lost(self, how: str) -> CameraConnectionError:
        return CameraConnectionError(
            Reason.CONNECTION_LOST,
            f"Connection to the camera at {self._target.location} was lost before it answered ({how}): "
            "check the network; it may also be starting.",
        )


@asynccontextmanager
async def connect(target: RtspUrl, access: Access, deadline: float) -> AsyncIterator[Connection]:
    """Connect to the first address of the host that answers; closed at the end of the block.

    Args:
        deadline: on the clock of the running event loop; holds for every request too.

    Raises:
        CameraConnectionError: name unknown, unreachable, refused, too slow, not trusted, or no tunnel.
    """
    wire: Wire
    if access.tunnel:
        wire = await open_tunnel(target, access.trust, access.credentials, deadline)
    else:
        wire = await open_wire(target, access.trust, deadline)
    try:
        yield Connection(wire, target, deadline)
    finally:
        wire.close()
