"""Motion JPEG over HTTP: one endless answer whose parts are pictures."""

import time

from gstnvr.media.clips import VideoClip
from gstnvr.media.units import VideoCodec
from gstnvr.simulator.camera import Camera
from gstnvr.simulator.outlet import ConnectionWriter
from gstnvr.simulator.packets import PreparedClip
from gstnvr.simulator.timeline import Position, Timeline, timeline_for

BOUNDARY = "gstnvr-picture"

_START_DELAY_NS = 20_000_000
_TOO_LATE_NS = 1_000_000_000


def multipart_parts(video: VideoClip) -> tuple[bytes, ...]:
    """A part for each picture; none of a codec that is not sent like this."""
    if video.codec is not VideoCodec.MJPEG:
        return ()
    return tuple(_part(unit.data[0]) for unit in video.units)


def _part(jpeg: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n"


class MultipartStream:
    """Implements ``sender.Sending`` for one viewer."""

    def __init__(self, camera: Camera, writer: ConnectionWriter) -> None:
        self._camera = camera
        self._writer = writer
        self._clip: PreparedClip = camera.clip
        self._timeline = Timeline(0, self._clip.length)
        self._position = Position(0, 0)
        self._ended = False
        self._lay_out(time.monotonic_ns() + _START_DELAY_NS)

    @property
    def due(self) -> int:
        return self._timeline.due(self._clip.video, self._position)

    def end(self) -> None:
        """Send no more."""
        self._ended = True

    def step(self, now: int) -> int | None:
        if self._ended:
            return None
        if self._clip is not self._camera.clip:
            self._lay_out(now)
        if not self._clip.parts:
            return now + _TOO_LATE_NS
        due = self.due
        if due > now:
            return due
        if self._camera.behaviour.sends_video and now - due <= _TOO_LATE_NS:
            self._writer.write(self._clip.parts[self._position.index])
            self._camera.video_units_sent += 1
        self._advance()
        return self.due

    def _lay_out(self, start: int) -> None:
        self._clip = self._camera.clip
        self._timeline = timeline_for(self._clip, start, time.time_ns() - time.monotonic_ns())
        self._position = self._timeline.first_at_or_after(self._clip.video, start)

    def _advance(self) -> None:
        index = self._position.index + 1
        rounds, index = divmod(index, len(self._clip.parts))
        self._position = Position(self._position.round + rounds, index)
