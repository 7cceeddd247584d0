"""Ways out to a client: interleaved on its RTSP connection, or UDP."""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from gstnvr.rtsp.payloads import INTERLEAVED_BYTES
from gstnvr.simulator.tls import Cipher

QUEUE_LIMIT_BYTES = 8 * 1024 * 1024
"""A client that is so far behind is dropped."""

Packets = Sequence[tuple[int, int]]


class Outlet(Protocol):
    """Where one track of one session goes. Never blocks."""

    channel: int | None
    """Of interleaved RTP; None where there are no channels."""

    def send_packets(self, unit: bytearray, packets: Packets) -> None:
        """Send these packets, given by start and end, of a unit with interleaved headers."""
        ...

    def send_control(self, report: bytes) -> None:
        """Send RTCP."""
        ...


class ConnectionWriter:
    """Everything that is written to one TCP connection, from two threads, message by message."""

    def __init__(
        self,
        sock: socket.socket,
        loop: asyncio.AbstractEventLoop,
        overflow: Callable[[], None],
        cipher: Cipher | None = None,
    ) -> None:
        self._socket = sock
        self._cipher = cipher
        self._loop = loop
        self._overflow = overflow
        self._lock = threading.Lock()
        self._pending = bytearray()
        self._closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send a whole message, or queue what the connection does not take now."""
        with self._lock:
            if not self._closed:
                self._send(data if self._cipher is None else self._cipher.seal(data))

    def unseal(self, received: bytes) -> bytes:
        """What the client said through TLS; what TLS itself has to answer is sent.

        Raises:
            ssl.SSLError: the client refuses to go on.
        """
        with self._lock:
            assert self._cipher is not None
            said, answer = self._cipher.unseal(received)
            if answer and not self._closed:
                self._send(answer)
            return said

    def _send(self, data: bytes | bytearray | memoryview) -> None:
        if self._pending:
            self._queue(data)
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._closed = True
            return
        if sent < len(data):
            self._queue(memoryview(data)[sent:])
            self._loop.call_soon_threadsafe(self._watch)

    def close(self) -> None:
        """Stop writing; call it before the socket is closed."""
        with self._lock:
            self._closed = True
            self._loop.remove_writer(self._socket)

    def _queue(self, data: bytes | bytearray | memoryview) -> None:
        self._pending += data
        if len(self._pending) > QUEUE_LIMIT_BYTES:
            self._closed = True
            self._loop.call_soon_threadsafe(self._overflow)

    def _watch(self) -> None:
        with self._lock:
            if not self._closed:
                self._loop.add_writer(self._socket, self._flush)

    def _flush(self) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                sent = self._socket.send(self._pending)
            except BlockingIOError:
                return
            except OSError:
                self._closed = True
                self._loop.remove_writer(self._socket)
                return
            del self._pending[:sent]
            if not self._pending:
                self._loop.remove_writer(self._socket)


class InterleavedOutlet:
    """RTP on an even channel of the RTSP connection, RTCP on the next."""

    def __init__(self, writer: ConnectionWriter, channel: int) -> None:
        self._writer = writer
        self.channel: int | None = channel
        self._control_channel = channel + 1

    def send_packets(self, unit: bytearray, packets: Packets) -> None:
        if len(packets) == 1:
            start, end = packets[0]
            self._writer.write(memoryview(unit)[start:end])
            return
        if not packets:
            return
        first, last = packets[0][0], packets[-1][1]
        if sum(end - start for start, end in packets) == last - first:
            self._writer.write(memoryview(unit)[first:last])
        else:
            self._writer.write(b"".join(unit[start:end] for start, end in packets))

    def send_control(self, report: bytes) -> None:
        self._writer.write(struct.pack(">cBH", b"$", self._control_channel, len(report)) + report)


class UdpOutlet:
    """RTP and RTCP to two ports of the client."""

    def __init__(self, rtp: socket.socket, rtcp: socket.socket, host: str, ports: tuple[int, int]) -> None:
        self.channel: int | None = None
        self._rtp = rtp
        self._rtcp = rtcp
        self._rtp_target = (host, ports[0])
        self._rtcp_target = (host, ports[1])

    def send_packets(self, unit: bytearray, packets: Packets) -> None:
        view = memoryview(unit)
        for start, end in packets:
            _send_datagram(self._rtp, view[start + INTERLEAVED_BYTES : end], self._rtp_target)

    def send_control(self, report: bytes) -> None:
        _send_datagram(self._rtcp, report, self._rtcp_target)


def _send_datagram(sock: socket.socket, data: bytes | memoryview, target: tuple[str, int]) -> None:
    """UDP may lose packets, and a client that has gone is noticed on its RTSP connection."""
    try:
        sock.sendto(data, target)
    except OSError:
        return
