"""The control socket's client: orders to a running simulator, and the truth about what it plays."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gstnvr.media.units import AudioCodec, VideoCodec

_READ_BYTES = 1 << 20


class ControlError(Exception):
    """The simulator refused an order, or is not there; the message is one line."""


@dataclass(frozen=True, slots=True)
class CameraStatus:
    mount: str
    clients: tuple[str, ...]
    """Who is playing: ``host:port`` of the RTSP connections."""
    frames_sent: int
    """Video access units, to all clients together."""
    faults: dict[str, str]
    """What it was told to do wrong, with values."""
    packets: int
    """RTP packets of video and audio that were due, to all clients together."""
    packets_dropped: int
    """Of these, by the misbehaviour ``loss``."""


@dataclass(frozen=True, slots=True)
class SimulatorStatus:
    cameras: dict[str, CameraStatus]
    worst_late_ms: float
    """By how much the latest packet since the last time of asking was late."""
    most_setting_up: int
    """Connections at a time that did not play yet, at their highest since the last time of asking."""


@dataclass(frozen=True, slots=True)
class UnitSequence:
    """The loop of a mount, as digests of ``gstnvr.media.clips``, in the order of sending."""

    video_codec: VideoCodec
    audio_codec: AudioCodec | None
    length_ns: int
    video: tuple[bytes, ...]
    keys: tuple[bool, ...]
    """One for each video unit: decoding can begin there."""
    audio: tuple[bytes, ...]


class ControlClient:
    """Blocking; one connection for each call, so it can be shared and outlive a simulator."""

    def __init__(self, path: Path, timeout_s: float = 60.0) -> None:
        self._path = path
        self._timeout_s = timeout_s

    def do(self, what: str, camera: str = "*", value: str | float = "", seconds: float | None = None) -> None:
        """Begin a misbehaviour (see ``behaviour.Misbehaviour``); it is in force when this returns.

        Args:
            camera: ``cam1`` (main and sub), ``cam1/sub``, or ``*`` for all.
            seconds: how long; None: until ``clear``.

        Raises:
            ControlError: refused, with the reason.
        """
        self._ask({"do": what, "camera": camera, "value": str(value), "for": seconds})

    def clear(self, camera: str = "*", what: str | None = None) -> None:
        """End one misbehaviour, or all.

        Raises:
            ControlError: refused, with the reason.
        """
        self._ask({"do": "clear", "camera": camera, "fault": what})

    def status(self) -> SimulatorStatus:
        """Who watches, what was sent, what is wrong."""
        answer = self._ask({"do": "status"})
        cameras = {
            mount: CameraStatus(
                mount,
                tuple(entry["clients"]),
                entry["frames_sent"],
                entry["faults"],
                entry["packets"],
                entry["packets_dropped"],
            )
            for mount, entry in answer["cameras"].items()
        }
        return SimulatorStatus(cameras, answer["worst_late_ms"], answer["most_setting_up"])

    def sequence(self, camera: str) -> UnitSequence:
        """What a mount plays now, unit by unit.

        Raises:
            ControlError: no such mount.
        """
        answer = self._ask({"do": "sequence", "camera": camera})
        audio = answer["audio_codec"]
        return UnitSequence(
            video_codec=VideoCodec(answer["video_codec"]),
            audio_codec=None if audio is None else AudioCodec(audio),
            length_ns=answer["length_ns"],
            video=tuple(bytes.fromhex(digest) for digest in answer["video"]),
            keys=tuple(answer["keys"]),
            audio=tuple(bytes.fromhex(digest) for digest in answer["audio"]),
        )

    def _ask(self, order: dict[str, object]) -> dict[str, Any]:
        try:
            answer = json.loads(self._exchange(json.dumps(order).encode() + b"\n"))
        except (OSError, ValueError) as error:
            raise ControlError(f"no answer from the simulator at {self._path}: {error}") from None
        if not answer["ok"]:
            raise ControlError(answer["error"])
        assert isinstance(answer, dict)
        return answer

    def _exchange(self, line: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(self._timeout_s)
            sock.connect(str(self._path))
            sock.sendall(line)
            answer = bytearray()
            while not answer.endswith(b"\n"):
                data = sock.recv(_READ_BYTES)
                if not data:
                    raise ConnectionResetError("closed before the answer")
                answer += data
            return bytes(answer)
