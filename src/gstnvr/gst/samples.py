"""The end of a source: appsinks, and what collects in them."""

from typing import cast

from gstnvr.gst.messages import name_for
from gstnvr.gst.pipeline import make
from gstnvr.gst.runtime import Gst, GstApp
from gstnvr.media.messages import Role
from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoFormat

DELTA_UNIT = Gst.BufferFlags.DELTA_UNIT
"""Flag of a buffer that is no key frame."""

_MOST_WAITING = 4000
"""Access units of a track that may wait to be drained; minutes of video, then the camera is held up."""
_NO_TIME = Gst.CLOCK_TIME_NONE
_A_MOMENT_NS = 100_000


def make_sink(track: Track) -> GstApp.AppSink:
    """An appsink that holds what comes until it is drained.

    Raises:
        MissingElementError: GStreamer lacks it.
    """
    sink = make(
        "appsink",
        name_for(Role.SOURCE_SINK, track),
        sync=False,
        async_=False,
        qos=False,
        wait_on_eos=False,
        enable_last_sample=False,
        max_buffers=_MOST_WAITING,
    )
    return cast(GstApp.AppSink, sink)


def unit_of(track: Track, buffer: Gst.Buffer, key: bool, form: VideoFormat | AudioFormat) -> AccessUnit:
    """The access unit that a buffer holds, by reference."""
    duration = buffer.duration
    return AccessUnit(
        track, buffer.pts, duration if duration != _NO_TIME else 0, buffer.get_size(), key, buffer, form
    )


def retimed(unit: AccessUnit, pts: int) -> AccessUnit:
    """The same at another time, or as early as can be; the bytes are shared, not copied."""
    pts = max(0, pts)
    buffer = cast(Gst.Buffer, cast(Gst.Buffer, unit.payload).copy())
    if _NO_TIME not in (buffer.dts, unit.pts):
        buffer.dts = max(0, buffer.dts + pts - unit.pts)
    buffer.pts = pts
    return unit._replace(pts=pts, payload=buffer)


class MissingTimes:
    """A parser that is given several access units with one time gives it to the first of them."""

    def __init__(self) -> None:
        self._newest: int | None = None

    def complete(self, units: list[AccessUnit]) -> list[AccessUnit]:
        """Of one track; those without a time get one just after the unit before, and are left out without any."""
        found = []
        for unit in units:
            if unit.pts != _NO_TIME:
                found.append(unit)
            elif self._newest is not None:
                found.append(retimed(unit, self._newest + _A_MOMENT_NS))
            else:
                continue
            self._newest = found[-1].pts
        return found
