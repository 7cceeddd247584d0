"""Ways out to a client: on its connection, or over UDP on this machine."""

import asyncio
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Protocol

from gstnvr.restream.requests import Datagrams

_PAIR_TRIES = 50
_SEND_BUFFER_BYTES = 4 << 20
_BURST_BYTES = 64 << 10
_BURST_PAUSE_S = 0.005
"""Between bursts over UDP, so that the client's socket does not overflow."""
_FRAME = struct.Struct(">cBH")


class TooSlowError(Exception):
    """The client does not read."""


class Wire:
    """Whatever is written to one connection."""

    def __init__(self, writer: asyncio.StreamWriter, stalled_s: float) -> None:
        self._writer = writer
        self._stalled_s = stalled_s

    async def write(self, data: bytes) -> None:
        """Send; waits while the client does not take what it was sent before.

        Raises:
            TooSlowError: it takes nothing.
            OSError: the connection is lost.
        """
        self._writer.write(data)
        try:
            async with asyncio.timeout(self._stalled_s):
                await self._writer.drain()
        except TimeoutError:
            raise TooSlowError(f"it has read nothing for {self._stalled_s:g} s") from None


class Outlet(Protocol):
    """Where the packets of one track go."""

    async def send(self, packets: Sequence[bytes]) -> None:
        """RTP, in order.

        Raises:
            TooSlowError, OSError: see ``Wire.write``.
        """
        ...

    async def control(self, report: bytes) -> None:
        """RTCP; raises as ``send`` does."""
        ...

    def close(self) -> None: ...


class InterleavedOutlet:
    """On two channels of the connection."""

    def __init__(self, wire: Wire, channel: int) -> None:
        self._wire = wire
        self._channel = channel

    async def send(self, packets: Sequence[bytes]) -> None:
        pieces: list[bytes] = []
        for packet in packets:
            pieces += (_FRAME.pack(b"$", self._channel, len(packet)), packet)
        await self._wire.write(b"".join(pieces))

    async def control(self, report: bytes) -> None:
        await self._wire.write(_FRAME.pack(b"$", self._channel + 1, len(report)) + report)

    def close(self) -> None:
        return


class UdpOutlet:
    """To two ports of the client, from two of our own."""

    def __init__(self, local: str, peer: str, ports: Datagrams, heard: Callable[[], None]) -> None:
        """Open the ports.

        Args:
            heard: called when the client sends RTCP.

        Raises:
            OSError: there are none.
        """
        self._rtp, self._rtcp = _bound_pair(local)
        self._rtp.connect((peer, ports.rtp_port))
        self._rtcp.connect((peer, ports.rtcp_port))
        self._heard = heard
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._rtcp, self._hear, self._rtcp)

    @property
    def server_ports(self) -> str:
        """For the answer to SETUP."""
        return f"{self._rtp.getsockname()[1]}-{self._rtcp.getsockname()[1]}"

    async def send(self, packets: Sequence[bytes]) -> None:
        burst = 0
        for packet in packets:
            _send(self._rtp, packet)
            burst += len(packet)
            if burst > _BURST_BYTES:
                burst = 0
                await asyncio.sleep(_BURST_PAUSE_S)

    async def control(self, report: bytes) -> None:
        _send(self._rtcp, report)

    def close(self) -> None:
        self._loop.remove_reader(self._rtcp)
        self._rtp.close()
        self._rtcp.close()

    def _hear(self, sock: socket.socket) -> None:
        try:
            sock.recv(2048)
        except OSError:
            return
        self._heard()


def _send(sock: socket.socket, data: bytes) -> None:
    """UDP may lose packets; a client that has gone is noticed by its silence."""
    try:
        sock.send(data)
    except OSError:
        return


def _bound_pair(local: str) -> tuple[socket.socket, socket.socket]:
    """An even port and the one after it."""
    for _ in range(_PAIR_TRIES):
        first = _bound(local, 0)
        port = first.getsockname()[1]
        if port % 2 == 0:
            try:
                return first, _bound(local, port + 1)
            except OSError:
                first.close()
                continue
        first.close()
    raise OSError("no free pair of UDP ports")


def _bound(local: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in local else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        sock.bind((local, port))
    except OSError:
        sock.close()
        raise
    return sock
