"""A viewer for tests that sees what is really on the wire: every answer, every RTP packet."""

import re
import socket
import struct
import time
from dataclasses import dataclass
from typing import NamedTuple

from gstnvr.rtsp.digest import Credentials, answer
from gstnvr.rtsp.message import InterleavedFrame, MessageParser, RtspRequest, RtspResponse, headers

ANSWER_TIMEOUT_S = 5.0


class Packet(NamedTuple):
    """One RTP packet."""

    channel: int
    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    arrived: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The packets of one RTP timestamp."""

    timestamp: int
    nal_units: tuple[bytes, ...]
    packets: tuple[Packet, ...]


class Viewer:
    """One RTSP connection."""

    def __init__(self, url: str, credentials: Credentials | None = None) -> None:
        self.url = url
        self.answer_timeout_s = ANSWER_TIMEOUT_S
        self._credentials = credentials
        found = re.match(r"rtsp://([^:/]+):([0-9]+)", url)
        assert found is not None
        self._socket = socket.create_connection((found[1], int(found[2])), timeout=ANSWER_TIMEOUT_S)
        self._parser = MessageParser()
        self._sequence = 0
        self._session = ""
        self._media: list[InterleavedFrame] = []
        self._control: list[bytes] = []
        self._responses: list[RtspResponse] = []

    def __enter__(self) -> "Viewer":
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def request(self, method: str, url: str = "", *fields: tuple[str, str]) -> RtspResponse:
        """Ask and wait for the answer; logs in if that is asked for."""
        response = self._ask(method, url or self.url, fields)
        if response.status == 401 and self._credentials is not None:
            offers = response.headers.all("WWW-Authenticate")
            proof = answer(self._credentials, offers, method, url or self.url)
            assert proof is not None
            response = self._ask(method, url or self.url, (*fields, ("Authorization", proof)))
        return response

    def play(self, tracks: int = 1) -> RtspResponse:
        """DESCRIBE, SETUP interleaved and PLAY; returns the answer to PLAY."""
        assert self.request("DESCRIBE").status == 200
        for number in range(tracks):
            transport = f"RTP/AVP/TCP;unicast;interleaved={2 * number}-{2 * number + 1}"
            response = self.request("SETUP", f"{self.url}/track{number}", ("Transport", transport))
            assert response.status == 200
            self._session = (response.headers.get("Session") or "").partition(";")[0]
        response = self.request("PLAY")
        assert response.status == 200
        return response

    def packets(self, seconds: float, channel: int | None = 0, limit: int | None = None) -> list[Packet]:
        """RTP packets that come within that time, of one channel or (None) of all; less time for a limit.

        Raises:
            ConnectionError: the camera ended the connection.
        """
        deadline = time.monotonic() + seconds
        found: list[Packet] = []
        while True:
            while self._media:
                frame = self._media.pop(0)
                if frame.channel % 2 == 0 and channel in (None, frame.channel):
                    found.append(_packet(frame))
            left = deadline - time.monotonic()
            if left <= 0 or (limit is not None and len(found) >= limit):
                return found
            self._receive(left)

    def control(self, seconds: float) -> bytes:
        """The next RTCP packet of the first track that comes within that time."""
        deadline = time.monotonic() + seconds
        while not self._control and (left := deadline - time.monotonic()) > 0:
            self._receive(left)
        return self._control.pop(0)

    def send_in_pieces(self, data: bytes, pause_s: float) -> None:
        """Byte by byte."""
        for place in range(len(data)):
            self._socket.sendall(data[place : place + 1])
            time.sleep(pause_s)

    def reset(self) -> None:
        """Vanish as a process that is killed with unread data."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def ended(self, seconds: float) -> bool:
        """Whether the camera ends the connection within that time."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._receive(left)
        except ConnectionError:
            return True
        return False

    def _ask(self, method: str, url: str, fields: tuple[tuple[str, str], ...]) -> RtspResponse:
        self._sequence += 1
        session = [("Session", self._session)] if self._session else []
        request = RtspRequest(method, url, headers([("CSeq", str(self._sequence)), *session, *fields]))
        self._socket.sendall(request.encode())
        deadline = time.monotonic() + self.answer_timeout_s
        while not self._responses:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no answer to {method}")
            self._receive(left)
        return self._responses.pop(0)

    def _receive(self, seconds: float) -> None:
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(1 << 16)
        except TimeoutError:
            return
        if not data:
            raise ConnectionResetError("closed by the camera")
        for message in self._parser.feed(data):
            if isinstance(message, InterleavedFrame):
                self._media.append(message)
                if message.channel == 1:
                    self._control.append(message.payload)
            elif isinstance(message, RtspResponse):
                self._responses.append(message)


def _packet(frame: InterleavedFrame) -> Packet:
    _, second, sequence, timestamp, ssrc = struct.unpack(">BBHII", frame.payload[:12])
    return Packet(
        frame.channel,
        bool(second & 0x80),
        second & 0x7F,
        sequence,
        timestamp,
        ssrc,
        frame.payload[12:],
        time.monotonic(),
    )


def h264_frames(packets: list[Packet]) -> list[Frame]:
    """Whole access units of H.264, put together again from single NAL units and FU-A."""
    frames: list[Frame] = []
    current: list[Packet] = []
    for packet in packets:
        current.append(packet)
        if packet.marker:
            frames.append(Frame(packet.timestamp, _nal_units(current), tuple(current)))
            current = []
    return frames


def _nal_units(packets: list[Packet]) -> tuple[bytes, ...]:
    units: list[bytearray] = []
    for packet in packets:
        payload = packet.payload
        if payload[0] & 0x1F != 28:
            units.append(bytearray(payload))
        elif payload[1] & 0x80:
            units.append(bytearray([(payload[0] & 0xE0) | (payload[1] & 0x1F)]) + payload[2:])
        else:
            units[-1] += payload[2:]
    return tuple(bytes(unit) for unit in units)
