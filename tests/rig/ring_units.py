"""Access units for tests of what lies between sources and writers."""

from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoFormat
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.timeline import MediaTimeline
from gstnvr.testing.clock import BEGINNING
from gstnvr.testing.media import fake_audio, fake_payload, fake_video

VIDEO = fake_video()
AUDIO = fake_audio()
FRAME_NS = NS_PER_S // 10


def picture(
    number: int, *, key: bool | None = None, pts: int | None = None, form: VideoFormat = VIDEO
) -> AccessUnit:
    """Ten a second, with a key frame a second if nothing else is said."""
    at = number * FRAME_NS if pts is None else pts
    is_key = number % 10 == 0 if key is None else key
    return AccessUnit(Track.VIDEO, at, FRAME_NS, 100, is_key, fake_payload(number, 100), form)


def packet(number: int, *, pts: int | None = None, form: AudioFormat = AUDIO) -> AccessUnit:
    """Ten a second."""
    at = number * FRAME_NS if pts is None else pts
    return AccessUnit(Track.AUDIO, at, FRAME_NS, 10, True, fake_payload(number, 10), form)


def timeline() -> MediaTimeline:
    """``pts`` 0 is the beginning of time."""
    return MediaTimeline(0, UtcNs(BEGINNING), 0)


def ring_of(*units: AccessUnit) -> Ring:
    """A ring with one session."""
    ring = Ring()
    ring.begin_session(0, timeline())
    ring.append(units)
    return ring
