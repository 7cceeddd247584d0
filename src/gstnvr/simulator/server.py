"""The RTSP server: cameras, connections, the sending thread, and orders to misbehave."""

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping

from gstnvr.rtsp.digest import Credentials
from gstnvr.simulator.behaviour import MOMENTARY, Misbehaviour, Order, OrderError
from gstnvr.simulator.camera import Camera
from gstnvr.simulator.connection import Connection
from gstnvr.simulator.http_server import HttpServer
from gstnvr.simulator.listener import Listener
from gstnvr.simulator.packets import PreparedClip
from gstnvr.simulator.playback import Stream
from gstnvr.simulator.sender import Sender
from gstnvr.simulator.tunnel import Tunnels
from gstnvr.simulator.udp import UdpPorts

_log = logging.getLogger(__name__)
_CONTROL = re.compile(r"(track[0-9])?")
_EXPIRY_INTERVAL_S = 0.25
_NS_PER_S = 1_000_000_000

Loader = Callable[[str, str], PreparedClip]
"""Makes what a mount plays of SOURCE's text; blocks."""


class Server:
    """Serves until it is stopped. All methods are called on the asyncio thread."""

    def __init__(
        self,
        clips: Mapping[str, PreparedClip],
        load: Loader,
        *,
        credentials: Credentials | None,
        session_timeout_s: float,
        paced: bool,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.credentials = credentials
        self.session_timeout_s = session_timeout_s
        self.tls = tls
        self.tunnels = Tunnels(lambda: self.credentials)
        self.cameras = {mount: Camera(mount, clip, paced=paced) for mount, clip in clips.items()}
        self.failed = asyncio.Event()
        """Set if the sending thread has died."""
        self._load = load
        loop = asyncio.get_running_loop()

        def died() -> None:
            loop.call_soon_threadsafe(self.failed.set)

        self._sender = Sender(died)
        self._connections: dict[asyncio.Task[None], Connection] = {}
        self._listener = Listener(self._any_thawed, self._serve)
        self._http = HttpServer(
            self.cameras, admit=self._any_thawed, send=self._sender.add, credentials=credentials, tls=tls
        )
        self._expiring: asyncio.Task[None] | None = None
        self._clearings: set[asyncio.TimerHandle] = set()
        self._most_setting_up = 0

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port.

        Raises:
            OSError: the address cannot be listened at.
        """
        self.udp = UdpPorts(host)
        self.udp.watch(self._heard_rtcp)
        port = self._listener.start(host, port)
        self._sender.start()
        self._expiring = asyncio.create_task(self._expire_sessions())
        return port

    def start_http(self, host: str, port: int) -> int:
        """Serve Motion JPEG over HTTP as well; returns the port.

        Raises:
            OSError: the address cannot be listened at.
        """
        return self._http.listener.start(host, port)

    async def stop(self) -> None:
        """Close everything."""
        for handle in self._clearings:
            handle.cancel()
        if self._expiring is not None:
            self._expiring.cancel()
            await asyncio.gather(self._expiring, return_exceptions=True)
        await self._listener.stop()
        await self._http.listener.stop()
        self._sender.stop()
        self.udp.close()

    def camera_at(self, path: str) -> tuple[Camera, str] | None:
        parts = path.strip("/").split("/")
        for count in range(len(parts), 0, -1):
            camera = self.cameras.get("/".join(parts[:count]))
            rest = "/".join(parts[count:])
            if camera is not None and _CONTROL.fullmatch(rest):
                return camera, rest
        return None

    def send(self, stream: Stream) -> None:
        self._sender.add(stream)

    def take_worst_late_ns(self) -> int:
        return self._sender.take_worst_late_ns()

    def take_most_setting_up(self) -> int:
        """Highest number of connections at a time that did not play yet, since the last call."""
        most, self._most_setting_up = self._most_setting_up, 0
        return most

    def clients(self, camera: Camera) -> list[str]:
        """Addresses of those who watch it now."""
        return [
            f"{connection.peer[0]}:{connection.peer[1]}"
            for connection in self._connections.values()
            if connection.session is not None
            and connection.session.camera is camera
            and connection.session.playback is not None
        ] + self._http.clients(camera)

    async def obey(self, order: Order) -> None:
        """Carry an order out.

        Raises:
            OrderError: no such camera.
            ClipError: the source to switch to cannot be played.
        """
        cameras = self.chosen(order.camera)
        if order.what is Misbehaviour.REFUSE:
            await self._refuse(order.value)
        elif order.what is Misbehaviour.DISCONNECT:
            self._disconnect(cameras, order.value)
        elif order.what is Misbehaviour.JUMP:
            for camera in cameras:
                camera.jump_ns += round(float(order.value) * _NS_PER_S)
        elif order.what is Misbehaviour.SSRC:
            for camera in cameras:
                camera.restarts += 1
        elif order.what is Misbehaviour.SWITCH:
            for camera in cameras:
                camera.clip = await asyncio.to_thread(self._load, camera.mount, order.value)
        if order.what not in MOMENTARY:
            for camera in cameras:
                camera.begin(order.what, order.value)
        if order.duration_s is not None:
            self._clear_later(order.camera, order.what, order.duration_s)
        _log.info("%s: %s %s", order.camera, order.what, order.value)

    def clear(self, name: str, whats: Iterable[Misbehaviour]) -> None:
        """Behave again, in these respects.

        Raises:
            OrderError: no such camera.
        """
        wanted = list(whats)
        for camera in self.chosen(name):
            camera.end(wanted)
        if Misbehaviour.REFUSE in wanted:
            self._listener.listen()
            self._http.listener.listen()
        _log.info("%s: no more %s", name, ", ".join(wanted))

    def chosen(self, name: str) -> list[Camera]:
        """``*`` all, ``cam1`` main and sub, ``cam1/sub`` or ``cam1/http`` just that.

        Raises:
            OrderError: no such camera.
        """
        cameras = [
            camera for mount, camera in self.cameras.items() if name in ("*", mount) or mount == f"{name}/sub"
        ]
        if not cameras:
            raise OrderError(f"no camera {name!r}; there are {', '.join(self.cameras)}")
        return cameras

    def _clear_later(self, name: str, what: Misbehaviour, after_s: float) -> None:
        def clear() -> None:
            self._clearings.discard(handle)
            self.clear(name, [what])

        handle = asyncio.get_running_loop().call_later(after_s, clear)
        self._clearings.add(handle)

    async def _refuse(self, whom: str) -> None:
        if whom != "http":
            await self._listener.refuse()
        if whom != "rtsp":
            await self._http.listener.refuse()

    def _disconnect(self, cameras: list[Camera], how: str) -> None:
        for connection in list(self._connections.values()):
            if connection.camera in cameras:
                connection.abort(how)
        self._http.disconnect(cameras, how)

    async def _any_thawed(self) -> None:
        """When all cameras are frozen, nothing of the server moves."""
        while all(not camera.behaviour.reads for camera in self.cameras.values()):
            waits = [asyncio.create_task(camera.thawed.wait()) for camera in self.cameras.values()]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()

    async def _serve(self, client: socket.socket) -> None:
        try:
            connection = Connection(client, self)
        except OSError:
            client.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = connection
        setting_up = sum(each.is_being_set_up for each in self._connections.values())
        self._most_setting_up = max(self._most_setting_up, setting_up)
        try:
            await connection.serve()
        finally:
            del self._connections[task]

    def _heard_rtcp(self, host: str, port: int) -> None:
        for connection in self._connections.values():
            session = connection.session
            if session is not None and connection.peer[0] == host and port in session.rtcp_ports:
                session.touch()

    async def _expire_sessions(self) -> None:
        while True:
            await asyncio.sleep(_EXPIRY_INTERVAL_S)
            for connection in list(self._connections.values()):
                session = connection.session
                if session is not None and session.expired and session.camera.behaviour.reads:
                    _log.info("camera %s: session of %s:%d expired", session.camera.mount, *connection.peer)
                    connection.abort("fin")
