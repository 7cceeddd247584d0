"""One RTSP connection as a client, under one deadline, with each way to fail told apart."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from gstnvr.model.faults import Reason
from gstnvr.rtsp.dial import CameraConnectionError, dial, error_text
from gstnvr.rtsp.message import MessageParser, RtspRequest, RtspResponse, RtspSyntaxError, headers
from gstnvr.rtsp.url import RtspUrl

_READ_BYTES = 64 * 1024


class Connection:
    """Sends requests one after the other; made by ``connect``."""

    def __init__(self, sock: socket.socket, target: RtspUrl, deadline: float) -> None:
        self._socket = sock
        self._target = target
        self._deadline = deadline
        self._parser = MessageParser()
        self._sequence = 0
        host, port = sock.getpeername()[:2]
        self.address: tuple[str, int] = (str(host), int(port))
        """Numeric address and port of the peer."""

    async def request(self, method: str, url: str, fields: Sequence[tuple[str, str]]) -> RtspResponse:
        """Send a request and wait for its answer.

        Raises:
            CameraConnectionError: no answer in time, not RTSP, or the connection was lost.
        """
        self._sequence += 1
        request = RtspRequest(method, url, headers([("CSeq", str(self._sequence)), *fields]))
        try:
            async with asyncio.timeout_at(self._deadline):
                await asyncio.get_running_loop().sock_sendall(self._socket, request.encode())
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
        loop = asyncio.get_running_loop()
        while True:
            data = await loop.sock_recv(self._socket, _READ_BYTES)
            if not data:
                raise self._lost("closed by the camera")
            for message in self._parser.feed(data):
                if isinstance(message, RtspResponse) and self._is_answer(message):
                    return message

    def _is_answer(self, response: RtspResponse) -> bool:
        return response.headers.get("CSeq") in (str(self._sequence), None)

    def _lost(self, how: str) -> CameraConnectionError:
        return CameraConnectionError(
            Reason.CONNECTION_LOST,
            f"Connection to the camera at {self._target.location} was lost before it answered ({how}): "
            "check the network; it may also be starting.",
        )


@asynccontextmanager
async def connect(target: RtspUrl, deadline: float) -> AsyncIterator[Connection]:
    """Connect to the first address of the host that answers; closed at the end of the block.

    Args:
        deadline: on the clock of the running event loop; holds for every request too.

    Raises:
        CameraConnectionError: name unknown, unreachable, refused or too slow.
    """
    sock = await dial(target, deadline)
    try:
        yield Connection(sock, target, deadline)
    finally:
        sock.close()
