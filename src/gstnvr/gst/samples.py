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
    """The same at another time; the bytes are shared, not copied."""
    buffer = cast(Gst.Buffer, cast(Gst.Buffer, unit.payload).copy())
    if buffer.dts != _NO_TIME:
        buffer.dts += pts - unit.pts
    buffer.pts = pts
    return unit._replace(pts=pts, payload=buffer)
