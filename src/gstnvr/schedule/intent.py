"""Mode, schedule and manual order of a camera, put together: is it to be recorded, and until when."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.recording import ManualOrder, RecordingIntent, RecordMode
from gstnvr.schedule.weekly import DAY_NS, Schedule, is_on, last_change, next_change

LOOK_BACK_NS = 60 * DAY_NS
"""What is further back is one stretch with what follows; nobody was there to know better."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of time in which a camera was to be recorded, or was not, all of it for one reason."""

    start: UtcNs
    end: UtcNs
    intent: RecordingIntent


@dataclass(frozen=True, slots=True)
class Recording:
    """All that decides whether one camera is recorded."""

    mode: RecordMode
    schedule: Schedule | None = None
    """Counts for the mode of this name only."""

    def intent(self, order: ManualOrder | None, at: UtcNs) -> RecordingIntent:
        """What holds at a moment."""
        return self.obey(self._without_order(at), order, at)

    def obey(self, plain: RecordingIntent, order: ManualOrder | None, at: UtcNs) -> RecordingIntent:
        """What holds with an order, by what holds without; one that was given in another mode counts no more."""
        if order is None or order.mode is not self.mode:
            return plain
        same = order.record is plain.record
        if order.until is not None and order.until <= at:
            return plain if same else replace(plain, since=_later(plain.since, order.until))
        return RecordingIntent(
            mode=self.mode,
            record=order.record,
            cause=plain.cause,
            since=_earlier(plain.since, order.since) if same else order.since,
            until=order.until,
            order=order,
        )

    def next_change(self, at: UtcNs) -> UtcNs | None:
        """When the schedule changes next; None: there is none, or it never does."""
        if self.mode is not RecordMode.SCHEDULE or self.schedule is None:
            return None
        return next_change(self.schedule, at)

    def stretches(self, order: ManualOrder | None, start: UtcNs, end: UtcNs) -> list[Stretch]:
        """What was to be recorded when, in order; of long ago it is not told exactly."""
        if start >= end:
            return []
        near = max(start, UtcNs(end - LOOK_BACK_NS))
        first, *rest = self._stretches(order, near, end)
        return [replace(first, start=start), *rest]

    def _stretches(self, order: ManualOrder | None, start: UtcNs, end: UtcNs) -> Iterator[Stretch]:
        while start < end:
            intent = self.intent(None if order is not None and order.since > start else order, start)
            moments = [intent.until, self.next_change(start)]
            if order is not None:
                moments.append(order.since)
            following = min((moment for moment in moments if moment is not None and start < moment), default=end)
            yield Stretch(start, min(following, end), intent)
            start = following

    def _without_order(self, at: UtcNs) -> RecordingIntent:
        if self.mode is not RecordMode.SCHEDULE or self.schedule is None:
            return RecordingIntent(self.mode, record=self.mode is RecordMode.CONTINUOUS)
        on = is_on(self.schedule, at)
        return RecordingIntent(
            mode=self.mode,
            record=on,
            cause=GapCause.SWITCHED_OFF if on else GapCause.SCHEDULE,
            since=last_change(self.schedule, at),
            until=next_change(self.schedule, at),
        )


def _later(one: UtcNs | None, other: UtcNs) -> UtcNs:
    return other if one is None else max(one, other)


def _earlier(one: UtcNs | None, other: UtcNs) -> UtcNs | None:
    return None if one is None else min(one, other)
