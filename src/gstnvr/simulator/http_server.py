"""Motion JPEG over HTTP, beside RTSP and with the same behaviour."""

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Collection, Mapping

from gstnvr.rtsp.digest import Challenge, Credentials, new_challenge, verify
from gstnvr.simulator.camera import Camera
from gstnvr.simulator.http_request import HttpRequest, parse_http
from gstnvr.simulator.line import Line
from gstnvr.simulator.listener import Listener
from gstnvr.simulator.multipart import BOUNDARY, MultipartStream
from gstnvr.simulator.sender import Sending

SUFFIX = ".mjpg"
MOUNT = "http"
"""``cam1/http`` is what a camera serves over HTTP; without it, its main stream if that is Motion JPEG."""

_log = logging.getLogger(__name__)
_SERVER = "Server: gstnvr simulated camera"
_REASONS = {302: "Found", 401: "Unauthorized", 404: "Not Found"}
_MOTION_JPEG = "\r\n".join(
    (
        "HTTP/1.1 200 OK",
        _SERVER,
        "Connection: close",
        "Cache-Control: no-store",
        f"Content-Type: multipart/x-mixed-replace; boundary={BOUNDARY}",
        "",
        "",
    )
).encode()


class HttpServer:
    """Serves until it is stopped. All methods are called on the asyncio thread."""

    def __init__(
        self,
        cameras: Mapping[str, Camera],
        *,
        admit: Callable[[], Awaitable[None]],
        send: Callable[[Sending], None],
        credentials: Credentials | None,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.listener = Listener(admit, self._serve)
        self.send = send
        self.credentials = credentials
        self.challenge: Challenge = new_challenge("gstnvr simulated camera")
        """One for all connections: viewers answer it on another than the one it came on."""
        self.tls = tls
        self._cameras = cameras
        self._connections: set[HttpConnection] = set()

    def camera_at(self, path: str) -> Camera | None:
        """What is served at the path of a request."""
        name = path.partition("?")[0].strip("/")
        if not name.endswith(SUFFIX):
            return None
        name = name.removesuffix(SUFFIX)
        camera = self._cameras.get(f"{name}/{MOUNT}") or self._cameras.get(name)
        return camera if camera is not None and camera.clip.parts else None

    def clients(self, camera: Camera) -> list[str]:
        """Addresses of those who watch it now."""
        return [
            f"{connection.peer[0]}:{connection.peer[1]}"
            for connection in self._connections
            if connection.camera is camera and connection.plays
        ]

    def disconnect(self, cameras: Collection[Camera], how: str) -> None:
        """End connections: ``rst`` by a reset, anything else in order."""
        for connection in list(self._connections):
            if connection.camera in cameras:
                connection.abort(how)

    async def _serve(self, client: socket.socket) -> None:
        try:
            connection = HttpConnection(client, self)
        except OSError:
            client.close()
            return
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)


class HttpConnection:
    """One request and its answer; runs as one asyncio task."""

    def __init__(self, sock: socket.socket, server: HttpServer) -> None:
        self._socket = sock
        self._server = server
        self._line = Line(sock, server.tls, self._too_slow)
        self._task = asyncio.current_task()
        self._stream: MultipartStream | None = None
        peer = sock.getpeername()
        self.peer: tuple[str, int] = (peer[0], peer[1])
        self.camera: Camera | None = None

    @property
    def plays(self) -> bool:
        return self._stream is not None

    async def serve(self) -> None:
        """Until the client or a fault ends it; the socket is closed then."""
        try:
            request = await self._request()
            if request is not None:
                await self._answer(request)
        except ValueError as error:
            _log.warning("client %s:%d makes no sense: %s", *self.peer, error)
        except OSError as error:
            _log.info("client %s:%d is gone: %s", *self.peer, error.strerror or error)
        finally:
            if self._stream is not None:
                self._stream.end()
            self._line.writer.close()
            self._socket.close()

    def abort(self, how: str) -> None:
        """End it: ``rst`` by a reset."""
        if how == "rst":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if self._task is not None:
            self._task.cancel()

    async def _request(self) -> HttpRequest | None:
        data = b""
        while (request := parse_http(data)) is None:
            more = await self._line.receive()
            if not more:
                return None
            data += more
        return request

    async def _answer(self, request: HttpRequest) -> None:
        camera = self.camera = self._server.camera_at(request.path)
        if camera is None:
            self._refuse(404)
            return
        await camera.thawed.wait()
        behaviour = camera.behaviour
        if behaviour.rejects:
            return
        if behaviour.answers:
            await asyncio.sleep(behaviour.answer_delay_s)
            if self._refused(request, camera):
                return
            self._line.writer.write(_MOTION_JPEG)
            self._stream = MultipartStream(camera, self._line.writer)
            self._server.send(self._stream)
        while await self._line.receive():
            await camera.thawed.wait()

    def _refused(self, request: HttpRequest, camera: Camera) -> bool:
        """Refuse, if that is due."""
        status, redirect = camera.behaviour.status, camera.behaviour.redirect
        if status == 401 or not self._is_allowed(request):
            self._refuse(401, f"WWW-Authenticate: {self._server.challenge.encode()}")
        elif status is not None:
            self._refuse(status)
        elif redirect:
            self._refuse(302, f"Location: {redirect}")
        else:
            return False
        return True

    def _is_allowed(self, request: HttpRequest) -> bool:
        credentials, answer = self._server.credentials, request.headers.get("Authorization")
        return credentials is None or verify(credentials, self._server.challenge, request.method, answer)

    def _refuse(self, status: int, *fields: str) -> None:
        first = f"HTTP/1.1 {status} {_REASONS[status]}"
        lines = (first, _SERVER, "Connection: close", "Content-Length: 0", *fields, "", "")
        self._line.writer.write("\r\n".join(lines).encode())

    def _too_slow(self) -> None:
        mount = self.camera.mount if self.camera is not None else "-"
        _log.warning("camera %s: client %s:%d dropped, it reads too slowly", mount, *self.peer)
        self.abort("rst")
