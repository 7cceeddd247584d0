"""Live figures of a stream, second by second."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoFormat
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.status import LinkStatus, StreamStatistics

INTERVAL_S = 1.0
LONGEST_BATCH_S = 0.6
MINUTE_S = 60


class _Sums(NamedTuple):
    at: float
    frames: int
    bytes: int


class StatisticsCounter:
    """Counts what is drained, and looks at it once a second."""

    def __init__(self, now: float) -> None:
        self._frames = 0
        self._bytes = 0
        self._since = now
        self._frames_before = 0
        self._bytes_before = 0
        self._pts: int | None = None
        """Of the newest picture."""
        self._pts_before: int | None = None
        self._fps = 0.0
        self._bitrate_bps = 0.0
        self._minute: deque[_Sums] = deque([_Sums(now, 0, 0)], maxlen=MINUTE_S + 1)
        self._video: VideoFormat | None = None
        self._audio: AudioFormat | None = None

    @property
    def fps(self) -> float:
        """Of the last whole second."""
        return self._fps

    @property
    def bitrate_bps(self) -> float:
        """Of the last whole second."""
        return self._bitrate_bps

    def count(self, units: Sequence[AccessUnit]) -> None:
        """Take note of access units that were drained."""
        for unit in units:
            self._bytes += unit.size
            if unit.track is Track.VIDEO:
                self._frames += 1
                self._pts = unit.pts
        if units:
            self._note_format(units[-1])
            self._note_format(units[0])

    def _note_format(self, unit: AccessUnit) -> None:
        if isinstance(unit.format, VideoFormat):
            self._video = unit.format
        else:
            self._audio = unit.format

    def begin_session(self) -> None:
        """Formats of the session before say nothing about the next."""
        self._video = self._audio = None
        self._pts = self._pts_before = None

    def roll(self, now: float) -> bool:
        """Called at least once a second: end the interval if it is over, and say so."""
        seconds = now - self._since
        if seconds < INTERVAL_S:
            return False
        span = self._media_span(seconds)
        self._fps = (self._frames - self._frames_before) / span
        self._bitrate_bps = (self._bytes - self._bytes_before) * 8 / span
        self._frames_before, self._bytes_before, self._since = self._frames, self._bytes, now
        self._pts_before = self._pts
        self._minute.append(_Sums(now, self._frames, self._bytes))
        return True

    def _media_span(self, seconds: float) -> float:
        """Seconds of media that came: drained in batches, they are up to a batch more or less than have passed."""
        if self._pts is None or self._pts_before is None:
            return seconds
        span = (self._pts - self._pts_before) / NS_PER_S
        return span if abs(span - seconds) < LONGEST_BATCH_S else seconds

    def figures(
        self,
        last_frame_age_s: float | None,
        reconnects: int,
        frames_dropped: int = 0,
        link: LinkStatus | None = None,
    ) -> StreamStatistics:
        """For the status."""
        video, audio = self._video, self._audio
        oldest, newest = self._minute[0], self._minute[-1]
        minute_s = max(newest.at - oldest.at, INTERVAL_S)
        return StreamStatistics(
            fps=round(self._fps, 2),
            bitrate_bps=round(self._bitrate_bps),
            width=video.width if video else 0,
            height=video.height if video else 0,
            video_codec=video.codec if video else None,
            audio_codec=audio.codec if audio else None,
            last_frame_age_s=None if last_frame_age_s is None else round(last_frame_age_s, 3),
            frames=self._frames,
            bytes=self._bytes,
            reconnects=reconnects,
            frames_dropped=frames_dropped,
            fps_minute=round((newest.frames - oldest.frames) / minute_s, 2),
            bitrate_minute_bps=round((newest.bytes - oldest.bytes) * 8 / minute_s),
            link=link,
        )
