"""What was missing while nobody recorded a stream that goes by a schedule: its pauses, and the rest."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from uuid import uuid4

from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Outage
from gstnvr.schedule.intent import Stretch

Wanted = Callable[[StreamId, UtcNs, UtcNs], Sequence[Stretch]]
"""What was to be recorded in a span of time; nothing for a stream that goes by no schedule."""

PAUSES = frozenset({GapCause.SCHEDULE, GapCause.SWITCHED_OFF})
"""Causes of what was not to be recorded."""


def begins(lasting: Iterable[Outage], last: UtcNs) -> UtcNs:
    """Since when nobody has recorded a stream.

    Args:
        lasting: its outages that last in the index.
        last: end of what the index knows of it.
    """
    return min((outage.start for outage in lasting), default=last)


def divide(stretches: Sequence[Stretch], lasting: Sequence[Outage], reason: Outage) -> list[Outage]:
    """Changes of the index: outages that last are taken back, others replace them, of which the last one lasts.

    Nothing is to be changed if all of it was to be recorded, or if the one outage that lasts says the right thing.

    Args:
        stretches: from where nobody recorded the stream until now; none if it goes by no schedule.
        lasting: its outages that last in the index; one that is no pause goes before ``reason``.
        reason: of what is missing apart from pauses.
    """
    if all(stretch.intent.record for stretch in stretches):
        return []
    reason = next((outage for outage in lasting if outage.cause not in PAUSES), reason)
    new = [
        Outage(uuid4().hex, reason.stream, start, end, GapCause(cause), "not to be recorded by its schedule")
        if cause is not None
        else replace(reason, uid=uuid4().hex, start=start, end=end)
        for start, end, cause in _joined(stretches)
    ]
    if len(new) == 1 and [outage.cause for outage in lasting] == [new[0].cause]:
        return []
    new[-1] = replace(new[-1], end=None)
    return [*(replace(outage, end=outage.start) for outage in lasting), *new]


def _joined(stretches: Iterable[Stretch]) -> Iterable[tuple[UtcNs, UtcNs, GapCause | None]]:
    """Spans with the cause of a pause, or None where it was to be recorded."""
    for cause, group in groupby(stretches, lambda one: None if one.intent.record else one.intent.cause):
        same = list(group)
        yield same[0].start, same[-1].end, cause
