"""What keeps a stream from being recorded; the index works out from the segments what is missing for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from gstnvr.ipc.messages import OutageChanged
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Outage
from gstnvr.recorder.reporting.reports import Tell, new_uid
from gstnvr.recorder.segments.timeline import JUMP_NS

_PAUSES = frozenset({GapCause.SWITCHED_OFF, GapCause.SCHEDULE})
_LATE_NS = NS_PER_S
"""A recording that begins no later than this after it was to is in time."""
_TORN_NS = NS_PER_S // 20
"""If reading two clocks takes longer, the process was held up in between, and the difference says nothing."""


class Origin(Enum):
    """Where an outage comes from; two may be in the way at once, but only one of each."""

    CAMERA = auto()
    STORAGE = auto()
    PURPOSE = auto()
    """Somebody stopped it."""


@dataclass(frozen=True, slots=True)
class _Lasting:
    outage: Outage
    relented: UtcNs | None = None
    """It has been over since then, but nothing was recorded yet."""


class OutageLog:
    """The outages of one stream that last.

    An outage ends with the next segment. If it is over before, and something else is in the way, it ends then, so
    that what is missing from there on is put down to the other.
    """

    def __init__(self, tell: Tell, stream: StreamId) -> None:
        self._tell = tell
        self._stream = stream
        self._lasting: dict[Origin, _Lasting] = {}

    @property
    def any_lasts(self) -> bool:
        """Whether something is in the way now."""
        return bool(self._lasting)

    def take_over(self, outages: Iterable[Outage], at: UtcNs, since: UtcNs | None = None) -> None:
        """End those that were left, here or by the process before this one, and wait for the first segment.

        Args:
            outages: those that last in the index.
            at: now.
            since: when recording was to begin, if it was not always to be; a pause ends then. If that was long
                ago, and nothing else was in the way, nobody was there to begin it.
        """
        wanted = at if since is None else min(since, at)
        own = [one.outage for one in self._lasting.values()]
        left = {outage.uid: outage for outage in (*outages, *own)}.values()
        self._lasting.clear()
        for outage in left:
            self._end(outage, wanted if outage.cause in _PAUSES else at)
        paused = [outage for outage in left if outage.cause in _PAUSES]
        if paused and len(paused) == len(left) and at - wanted > _LATE_NS:
            first = max(wanted, *(outage.start for outage in paused))
            detail = "gstnvr was not there to begin the recording"
            self._tell(OutageChanged(Outage(new_uid(), self._stream, first, at, GapCause.PROCESS_DIED, detail)))
        self.open(Origin.CAMERA, at, GapCause.CONNECTING)

    def go_on(self, outages: Sequence[Outage], at: UtcNs) -> None:
        """Another recorder stopped here: perhaps nothing is missing, and if it is, the reason is known."""
        for outage in outages[1:]:
            self._end(outage, at)
        if outages:
            self._lasting[Origin.PURPOSE] = _Lasting(outages[0])
        else:
            self.open(Origin.CAMERA, at, GapCause.CONNECTING)

    def open(
        self, origin: Origin, at: UtcNs, cause: GapCause, detail: str = "", incident: str | None = None
    ) -> None:
        """Something is in the way from here on; the first cause stays, unless it was mere connecting."""
        before = self._lasting.get(origin)
        self._drop_relented(origin)
        if before is None:
            self._put(origin, Outage(new_uid(), self._stream, at, None, cause, detail, incident))
        elif before.outage.cause is GapCause.CONNECTING:
            self._put(origin, replace(before.outage, cause=cause, detail=detail, incident=incident))
        else:
            self._lasting[origin] = replace(before, relented=None)

    def _drop_relented(self, keep: Origin) -> None:
        for origin, one in tuple(self._lasting.items()):
            if origin is not keep and one.relented is not None:
                self._end(self._lasting.pop(origin).outage, one.relented)

    def relent(self, origin: Origin, at: UtcNs) -> None:
        """What came from there is over."""
        if origin not in self._lasting:
            return
        self._lasting[origin] = replace(self._lasting[origin], relented=at)
        if any(one.relented is None for one in self._lasting.values()):
            self._end(self._lasting.pop(origin).outage, at)

    def end_all(self, at: UtcNs) -> None:
        """It is recorded from here on; an outage without length never was one."""
        lasting, self._lasting = self._lasting, {}
        for one in lasting.values():
            self._end(one.outage, at)

    def stop(self, at: UtcNs, cause: GapCause) -> None:
        """It is not to be recorded from here on."""
        self.end_all(at)
        self.open(Origin.PURPOSE, at, cause)

    def switch(self, at: UtcNs, cause: GapCause) -> None:
        """It is still not to be recorded, from here on for another reason."""
        stopped = self._lasting.get(Origin.PURPOSE)
        if cause in _PAUSES and stopped is not None and stopped.outage.cause is not cause:
            self.stop(at, cause)

    def note_pause(self, start: UtcNs, end: UtcNs) -> None:
        """The camera sent no picture for a while; it is recorded all the same, and the session goes on."""
        detail = f"the camera sent no picture for {(end - start) / NS_PER_S:.1f} s"
        self._tell(OutageChanged(Outage(new_uid(), self._stream, start, end, GapCause.NO_PICTURES, detail)))

    def note_jump(self, before: UtcNs, after: UtcNs) -> None:
        """The wall clock was set from ``before`` to ``after``; what lies between never was, or comes twice."""
        back = after < before
        kept = dict(self._lasting)
        if back:
            self.end_all(before)
        detail = "the wall clock was set back" if back else "the wall clock was set forward"
        self._tell(OutageChanged(Outage(new_uid(), self._stream, before, after, GapCause.CLOCK_JUMP, detail)))
        if back:
            for origin, one in kept.items():
                self._put(origin, replace(one.outage, uid=new_uid(), start=after))
                self._lasting[origin] = replace(self._lasting[origin], relented=one.relented and after)

    def _put(self, origin: Origin, outage: Outage) -> None:
        self._lasting[origin] = _Lasting(outage)
        self._tell(OutageChanged(outage))

    def _end(self, outage: Outage, at: UtcNs) -> None:
        self._tell(OutageChanged(replace(outage, end=max(at, outage.start))))


class ClockWatch:
    """Notices that somebody set the wall clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset = self._look()

    def jump(self) -> tuple[UtcNs, UtcNs] | None:
        """What the wall clock would show, and what it shows, if it was set by a second or more since then."""
        offset, known = self._look(), self._offset
        if offset is None:
            return None
        if known is None or abs(offset - known) < JUMP_NS:
            self._offset = offset if known is None else known
            return None
        self._offset = offset
        now = self._clock.utc_ns()
        return UtcNs(now - offset + known), now

    def _look(self) -> int | None:
        """Nanoseconds from the clock that nobody sets to the wall clock; None: it could not be read in time."""
        before, wall, after = self._clock.monotonic(), self._clock.utc_ns(), self._clock.monotonic()
        ticked = int(before * NS_PER_S)
        return wall - ticked if int(after * NS_PER_S) - ticked < _TORN_NS else None
