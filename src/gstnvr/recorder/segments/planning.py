"""Where the next segment begins, and what goes into it."""

from dataclasses import dataclass

from gstnvr.media.units import AudioFormat, VideoCodec, VideoFormat
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.records import SHORTEST_PAUSE_NS
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.timeline import MediaTimeline

AUDIO_WAIT_NS = NS_PER_S
"""So much video may come before the announced audio without it being missed in the first segment."""
AUDIO_ALIVE_NS = 2 * NS_PER_S
SHORTEST_NS = NS_PER_MS
"""Files are named, and put in order, by the time at which they begin."""
MP4_VIDEO = frozenset({VideoCodec.H264, VideoCodec.H265})
"""What MP4 takes; anything else goes into Matroska, whatever the setting."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a segment is to begin."""

    video: int
    """Number in the ring of the key frame, or of what is in front of the next one."""
    audio: int
    start: UtcNs | None = None
    """End of the segment before; None if they do not adjoin."""


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What goes into a segment."""

    stream: StreamId
    first_video: int
    """Number in the ring of the key frame that it begins with."""
    first_audio: int
    """Number in the ring from which audio belongs to it; older audio is in the file before."""
    start: UtcNs
    timeline: MediaTimeline
    video: VideoFormat
    audio: AudioFormat | None
    container: Container
    fragment_ms: int
    picture_ns: int = 0
    """What a picture took in front of it, and no more than can be no pause; 0: not known."""


@dataclass(frozen=True, slots=True)
class Planner:
    """What is the same for all segments of a stream."""

    stream: StreamId
    ring: Ring

    def audio_may_come(self, key: int) -> bool:
        """Whether audio that was announced is still to be waited for before a segment begins at this key frame."""
        ring = self.ring
        if self._audio(key) is not None or ring.next_session(key) is not None:
            return False
        return ring.newest_pts - ring.unit(key).pts < AUDIO_WAIT_NS

    def plan(self, key: int, position: Position, container: Container, fragment_ms: int) -> SegmentPlan:
        """The segment that begins with this key frame, the first one from the position on."""
        unit = self.ring.unit(key)
        if not isinstance(unit.format, VideoFormat):
            raise TypeError(f"not video: {unit.format!r}")
        timeline = self.ring.session_of(key).timeline
        follows = key == position.video
        adjoins = position.start if follows else None
        start = timeline.at(unit.pts) if adjoins is None else adjoins
        timeline.correct(unit.pts)
        return SegmentPlan(
            stream=self.stream,
            first_video=key,
            first_audio=max(position.audio, self.ring.first if follows else key),
            start=start,
            timeline=timeline,
            video=unit.format,
            audio=self._audio(key),
            container=container if unit.format.codec in MP4_VIDEO else Container.MKV,
            fragment_ms=fragment_ms,
            picture_ns=min(self.ring.picture_ns(key), SHORTEST_PAUSE_NS),
        )

    def end_before_jump(self, plan: SegmentPlan, end: UtcNs, cut: int) -> UtcNs | None:
        """A camera's clock that was too fast has led a segment beyond the moment at which the next begins.

        It may have led even its beginning there: the next one still begins after it.

        Args:
            end: of the segment, by its own time line.
            cut: number in the ring of the key frame that follows.
        """
        timeline = self.ring.session_of(cut).timeline
        start = timeline.at(self.ring.unit(cut).pts)
        overlaps = start < end and timeline.has_same_wall_clock(plan.timeline)
        return max(start, UtcNs(plan.start + SHORTEST_NS)) if overlaps else None

    def _audio(self, key: int) -> AudioFormat | None:
        return self.ring.audio_near(key, AUDIO_ALIVE_NS)
