"""The last access units of a stream, by reference, over the ends of sessions."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from gstnvr.media.units import AccessUnit, AudioFormat, Track
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.recorder.segments.timeline import MediaTimeline

_FEW_PICTURES = 4


@dataclass(frozen=True, slots=True)
class SessionMark:
    """Where the access units of a session begin."""

    number: int
    """Of its first access unit."""
    base_ns: int
    """Added to ``pts`` it gives monotonic time, comparable between sessions."""
    timeline: MediaTimeline


class Ring:
    """Access units in order of arrival, each with a number that is never used again."""

    def __init__(self) -> None:
        self._units: deque[AccessUnit] = deque()
        self._sessions: deque[SessionMark] = deque()
        self.first = 0
        """Number of the oldest access unit."""

    @property
    def end(self) -> int:
        """Number that the next access unit will get."""
        return self.first + len(self._units)

    def begin_session(self, base_ns: int, timeline: MediaTimeline) -> None:
        """What is appended from here on belongs to another session."""
        self._sessions.append(SessionMark(self.end, base_ns, timeline))

    def append(self, units: Iterable[AccessUnit]) -> None:
        """Add newer access units."""
        self._units.extend(units)

    def trim(self, keep_ns: int) -> None:
        """Let go of what is older than ``keep_ns`` before the newest."""
        units = self._units
        if not units:
            return
        oldest_kept = units[-1].pts + self._sessions[-1].base_ns - keep_ns
        while units[0].pts + self._sessions[0].base_ns < oldest_kept:
            units.popleft()
            self.first += 1
            if len(self._sessions) > 1 and self._sessions[1].number <= self.first:
                self._sessions.popleft()

    def clear(self) -> None:
        """Let go of everything; numbers go on."""
        self.first = self.end
        self._units.clear()
        self._sessions.clear()

    def unit(self, number: int) -> AccessUnit:
        """One access unit.

        Raises:
            LookupError: it is not in the ring any more, or not yet.
        """
        if number < self.first:
            raise LookupError(f"{number} has left the ring, which begins with {self.first}")
        return self._units[number - self.first]

    def since(self, number: int) -> Sequence[AccessUnit]:
        """All access units from this number on; it must not be older than ``first``."""
        return list(islice(self._units, number - self.first, None))

    def session_of(self, number: int) -> SessionMark:
        """Session of an access unit that is in the ring, or of the next one."""
        return next(mark for mark in reversed(self._sessions) if mark.number <= number)

    def moment(self, number: int) -> UtcNs | None:
        """When an access unit, or the oldest if that has been let go of, was taken; None: it has not come."""
        number = max(number, self.first)
        return self.session_of(number).timeline.at(self.unit(number).pts) if number < self.end else None

    def next_session(self, number: int) -> int | None:
        """Where the session after the one of this access unit begins; None: it is the newest."""
        return next((mark.number for mark in self._sessions if mark.number > number), None)

    def key_from(self, number: int) -> int | None:
        """The first key frame at or after this number."""
        start = max(number, self.first)
        for offset, unit in enumerate(islice(self._units, start - self.first, None)):
            if unit.key and unit.track is Track.VIDEO:
                return start + offset
        return None

    def newest_key(self) -> int | None:
        """The newest key frame of the newest session; None: it has none yet."""
        begin = max(self.first, self._sessions[-1].number) if self._sessions else self.first
        for back, unit in enumerate(islice(reversed(self._units), self.end - begin), 1):
            if unit.key and unit.track is Track.VIDEO:
                return self.end - back
        return None

    def video_from(self, number: int) -> int | None:
        """The first video access unit at or after this number."""
        for offset, unit in enumerate(islice(self._units, number - self.first, None)):
            if unit.track is Track.VIDEO:
                return number + offset
        return None

    def audio_near(self, number: int, within_ns: int) -> AudioFormat | None:
        """Format of the audio around an access unit, in its session; None: there is none."""
        pts = self.unit(number).pts
        session = self.session_of(number).number
        end = self.next_session(number)
        for unit in islice(
            self._units, max(session, self.first) - self.first, None if end is None else end - self.first
        ):
            if isinstance(unit.format, AudioFormat) and abs(unit.pts - pts) <= within_ns:
                return unit.format
        return None

    def seconds_from(self, number: int) -> float:
        """Length of what is in the ring from this number on."""
        number = max(number, self.first)
        if number >= self.end:
            return 0.0
        newest = self._units[-1].pts + self._sessions[-1].base_ns
        return (newest - self.unit(number).pts - self.session_of(number).base_ns) / NS_PER_S

    @property
    def newest_pts(self) -> int:
        """``pts`` of the newest access unit; there must be one."""
        return self._units[-1].pts

    def video_end(self) -> int | None:
        """``pts`` at which the newest picture ends; None: there is none."""
        last = self.back(self.end, Track.VIDEO, 1)
        if last is None:
            return None
        unit = self.unit(last)
        return unit.pts + (unit.duration or self.picture_ns(self.end))

    def picture_ns(self, before: int) -> int:
        """Nanoseconds that a picture takes, by the last few in front of this number; 0: not known."""
        numbers = [self.back(before, Track.VIDEO, count) for count in range(_FEW_PICTURES, 0, -1)]
        there = [number for number in numbers if number is not None]
        steps = (
            self.unit(after).pts - self.unit(one).pts
            for one, after in pairwise(there)
            if self.session_of(one) is self.session_of(after)
        )
        return min((step for step in steps if step > 0), default=0)

    def back(self, end: int, track: Track, count: int) -> int | None:
        """Number of the ``count``-th last access unit of a track before ``end``; None: older than the ring.

        A count of 0 gives ``end``.
        """
        if count == 0:
            return end
        for number in range(end - 1, self.first - 1, -1):
            if self.unit(number).track is track:
                count -= 1
                if count == 0:
                    return number
        return None
