"""One RTSP connection of a client, served as its camera's behaviour says."""

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from gstnvr.rtsp.digest import Credentials, new_challenge, verify
from gstnvr.rtsp.message import (
    InterleavedFrame,
    MessageParser,
    RtspRequest,
    RtspResponse,
    headers,
)
from gstnvr.simulator.camera import Camera
from gstnvr.simulator.http_request import begins_http, parse_http
from gstnvr.simulator.line import Line
from gstnvr.simulator.playback import Stream
from gstnvr.simulator.session import Session, TransportRefusedError
from gstnvr.simulator.tunnel import Tunnel, Tunnels
from gstnvr.simulator.udp import UdpPorts
from gstnvr.simulator.wire import without_parameter_sets

_log = logging.getLogger(__name__)
_METHODS = ("OPTIONS", "DESCRIBE", "SETUP", "PLAY", "GET_PARAMETER", "SET_PARAMETER", "TEARDOWN")
_PUBLIC = ("Public", ", ".join(_METHODS))
_REASONS = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    501: "Not Implemented",
}


class Host(Protocol):
    """What a connection needs of the server."""

    credentials: Credentials | None
    session_timeout_s: float
    udp: UdpPorts
    tls: ssl.SSLContext | None
    tunnels: Tunnels

    def camera_at(self, path: str) -> tuple[Camera, str] | None:
        """The camera whose mount the path begins with, and the rest of the path."""
        ...

    def send(self, stream: Stream) -> None: ...


@dataclass(frozen=True, slots=True)
class _Target:
    camera: Camera
    control: str
    base_url: str


class Connection:
    """Runs as one asyncio task."""

    def __init__(self, sock: socket.socket, host: Host) -> None:
        self._socket = sock
        self._host = host
        self._parser = MessageParser()
        self._line = Line(sock, host.tls, self._too_slow)
        self._writer = self._line.writer
        self._tunnel: Tunnel | None = None
        self._challenge = new_challenge("gstnvr simulated camera")
        self._task = asyncio.current_task()
        peer = sock.getpeername()
        self.peer: tuple[str, int] = (peer[0], peer[1])
        self.camera: Camera | None = None
        self.session: Session | None = None
        self._has_played = False

    async def serve(self) -> None:
        """Until the client or a fault ends it; the socket is closed then."""
        try:
            data = await self._line.receive()
            if begins_http(data):
                await self._serve_http(data)
            else:
                await self._serve_rtsp(data, self._line.receive)
        except ValueError as error:
            _log.warning("client %s:%d makes no sense: %s", *self.peer, error)
        except OSError as error:
            _log.info("client %s:%d is gone: %s", *self.peer, error.strerror or error)
        finally:
            self._close()

    async def _serve_rtsp(self, data: bytes, receive: Callable[[], Awaitable[bytes]]) -> None:
        while data:
            await self._when_read()
            for message in self._parser.feed(data):
                if isinstance(message, RtspRequest):
                    if not await self._handle(message):
                        return
                elif isinstance(message, InterleavedFrame) and self.session is not None:
                    self.session.touch()
            data = await receive()

    async def _serve_http(self, data: bytes) -> None:
        while (request := parse_http(data)) is None:
            more = await self._line.receive()
            if not more:
                return
            data += more
        if request.method == "GET":
            refusal = self._host.tunnels.refusal(request)
            if refusal is None:
                await self._serve_get(request.cookie)
            else:
                self._writer.write(refusal)
        else:
            await self._serve_post(request.cookie, request.rest)

    async def _serve_get(self, cookie: str) -> None:
        """RTSP, spoken by the client on another connection."""
        tunnel, answer = self._host.tunnels.open(cookie)
        self._tunnel = tunnel
        self._writer.write(answer)
        hung_up = asyncio.create_task(self._line.receive())

        async def said() -> bytes:
            saying = asyncio.create_task(tunnel.said())
            try:
                await asyncio.wait((saying, hung_up), return_when=asyncio.FIRST_COMPLETED)
                return saying.result() if saying.done() else b""
            finally:
                saying.cancel()

        try:
            await self._serve_rtsp(await said(), said)
        finally:
            hung_up.cancel()
            await asyncio.gather(hung_up, return_exceptions=True)
            self._host.tunnels.close(cookie)

    async def _serve_post(self, cookie: str, data: bytes) -> None:
        tunnel = self._host.tunnels.find(cookie)
        if tunnel is None:
            return
        tunnel.abort_posts.append(self.abort)
        tunnel.put(data)
        while data := await self._line.receive():
            tunnel.put(data)

    @property
    def is_being_set_up(self) -> bool:
        """The client is there, and was never sent anything yet."""
        if self._has_played:
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False

    def abort(self, how: str) -> None:
        """End it: ``fin``, ``rst``, or ``bye`` (RTCP BYE first)."""
        if self.session is not None:
            self.session.end(say_bye=how == "bye")
        if how == "rst":
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        for abort_post in self._tunnel.abort_posts if self._tunnel is not None else ():
            abort_post(how)
        if self._task is not None:
            self._task.cancel()

    def _close(self) -> None:
        if self.session is not None:
            self.session.end()
        self._writer.close()
        self._socket.close()

    def _too_slow(self) -> None:
        mount = self.camera.mount if self.camera is not None else "-"
        _log.warning("camera %s: client %s:%d dropped, it reads too slowly", mount, *self.peer)
        self.abort("rst")

    async def _when_read(self) -> None:
        if self.camera is not None:
            await self.camera.thawed.wait()

    async def _handle(self, request: RtspRequest) -> bool:
        """Answer; False ends the connection."""
        target = self._target(request.url)
        if target is not None:
            self.camera = target.camera
        if self.session is not None:
            self.session.touch()
        camera = self.camera
        if camera is None:
            self._answer(request, 200 if request.method == "OPTIONS" else 404, [_PUBLIC])
            return True
        await camera.thawed.wait()
        if camera.behaviour.rejects or (camera.behaviour.tunnel_only and self._tunnel is None):
            return False
        if not camera.behaviour.answers:
            return True
        if camera.behaviour.answer_delay_s > 0:
            await asyncio.sleep(camera.behaviour.answer_delay_s)
        self._respond(request, camera, target)
        return True

    def _respond(self, request: RtspRequest, camera: Camera, target: _Target | None) -> None:
        status = camera.behaviour.status
        if status == 401 or not self._is_allowed(request):
            self._challenge = new_challenge(self._challenge.realm)
            self._answer(request, 401, [("WWW-Authenticate", self._challenge.encode())])
        elif status is not None:
            self._answer(request, status)
        elif camera.behaviour.redirect and request.method == "DESCRIBE":
            self._answer(request, 302, [("Location", camera.behaviour.redirect)])
        elif request.method == "OPTIONS":
            self._answer(request, 200, [_PUBLIC])
        elif request.method == "DESCRIBE" and target is not None:
            fields = [("Content-Type", "application/sdp"), ("Content-Base", target.base_url)]
            described = camera.behaviour.describes_parameter_sets
            sdp = camera.clip.sdp if described else without_parameter_sets(camera.clip.sdp)
            self._answer(request, 200, fields, sdp)
        elif request.method == "SETUP" and target is not None:
            self._set_up(request, target)
        else:
            self._control(request, target)

    def _is_allowed(self, request: RtspRequest) -> bool:
        credentials = self._host.credentials
        if credentials is None or request.method == "OPTIONS":
            return True
        return verify(credentials, self._challenge, request.method, request.headers.get("Authorization"))

    def _set_up(self, request: RtspRequest, target: _Target) -> None:
        known = {f"track{number}" for number, _ in enumerate(target.camera.clip.tracks)}
        if target.control not in known:
            self._answer(request, 404)
            return
        if self.session is None or self.session.camera is not target.camera:
            self.session = Session(target.camera, self._host.session_timeout_s)
        if self.session.playback is not None:
            self._answer(request, 455)
            return
        transport = request.headers.get("Transport") or ""
        try:
            chosen = self.session.set_up(target.control, transport, self._writer, self._host.udp, self.peer[0])
        except TransportRefusedError:
            self._answer(request, 461)
            return
        self._answer(request, 200, [("Transport", chosen), ("Session", self.session.header)])

    def _control(self, request: RtspRequest, target: _Target | None) -> None:
        session = self.session
        named = (request.headers.get("Session") or "").partition(";")[0]
        if request.method not in _METHODS:
            self._answer(request, 501)
        elif session is None or (named and named != session.id):
            self._answer(request, 454)
        elif request.method == "PLAY":
            information, launch = session.play(target.base_url if target is not None else "", self._host.send)
            fields = [("Session", session.header), ("Range", "npt=now-")]
            self._answer(request, 200, [*fields, ("RTP-Info", information)] if information else fields)
            self._has_played = True
            launch()
        else:
            if request.method == "TEARDOWN":
                session.end()
                self.session = None
            self._answer(request, 200, [("Session", session.id)])

    def _answer(
        self, request: RtspRequest, status: int, fields: list[tuple[str, str]] | None = None, body: bytes = b""
    ) -> None:
        sequence = request.headers.get("CSeq") or "0"
        known = [("CSeq", sequence), ("Server", "gstnvr simulated camera"), *(fields or [])]
        self._writer.write(RtspResponse(status, _REASONS[status], headers(known), body).encode())

    def _target(self, url: str) -> _Target | None:
        parts = urlsplit(url)
        found = self._host.camera_at(parts.path)
        if found is None:
            return None
        camera, control = found
        return _Target(camera, control, f"{parts.scheme}://{parts.netloc}/{camera.mount}/")
