"""Rows of streams that nobody records: made true before another recorder takes the streams over."""

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Incident, Outage, Volume
from gstnvr.storage.reconcile import recover_streams
from gstnvr.storage.recover import log_changes
from gstnvr.supervisor.index.accounting import PAUSES, Wanted, begins, divide
from gstnvr.supervisor.index.events import ended, incident_entry, outage_entry, over
from gstnvr.supervisor.index.ledger import EventLedger

_log = logging.getLogger(__name__)

_RECOVERY_TIMEOUT_S = 3.0
"""Recording waits for so long at most; what is left is put in order beside it."""
_INDEX_TIMEOUT_S = 3.0
_STALE_TIMEOUT_S = 60.0

_DETAILS = {
    GapCause.PROCESS_DIED: "gstnvr or the machine went down",
    GapCause.SHUTDOWN: "gstnvr was stopped",
    GapCause.SWITCHED_OFF: "the camera was off or not in the configuration",
    GapCause.CLOCK_JUMP: "the wall clock was set back",
}
_CLOCK_JUMP_NS = NS_PER_S


@dataclass(frozen=True, slots=True)
class RecorderEnd:
    """Why nobody records a stream."""

    cause: GapCause
    incident: str | None = None


class Takeover:
    """Knows which streams were left behind by recorders that are gone."""

    def __init__(
        self,
        index: Index,
        ledger: EventLedger,
        clock: Clock,
        volumes: Callable[[], Sequence[Volume]],
        wanted: Wanted,
    ) -> None:
        self._index = index
        self._ledger = ledger
        self._clock = clock
        self._volumes = volumes
        self._wanted = wanted
        self._left_behind: set[StreamId] = set()
        self._ends: dict[StreamId, RecorderEnd] = {}
        self._crash: Incident | None = None
        """The end of the last run, until recording goes on."""
        self._began = clock.utc_ns()
        self._calls = BlockingCalls("takeover", max_hung=4)

    async def begin(self, living: Collection[StreamId]) -> None:
        """Look at what the last run left, before anything is recorded.

        Args:
            living: streams that recorders went on recording all the time.
        """
        left, incidents, cause, crashed = await self._calls.run(
            self._read_all, self._index, living, timeout_s=_STALE_TIMEOUT_S
        )
        self._left_behind = left
        self._ends = dict.fromkeys(left, RecorderEnd(cause))
        now = self._clock.utc_ns()
        for incident in incidents:
            self._ledger.put(incident_entry(over(incident, now)))
        if crashed is not None:
            self._crash = end_of_all(crashed, now)
            self._ledger.put(incident_entry(self._crash))

    async def begin_late(self, index: Index, living: Collection[StreamId], recorded: Collection[StreamId]) -> None:
        """Look at what the last run left in a database that could not be opened when recording began.

        What recorders told since then must not be in it yet. Files that nobody ended are ended as unclaimed ones.
        """
        left, incidents, cause, crashed = await self._calls.run(
            self._read_all, index, living, timeout_s=_STALE_TIMEOUT_S
        )
        for incident in incidents:
            self._ledger.put(incident_entry(over(incident, self._began)))
        if crashed is not None:
            self._ledger.put(incident_entry(over(end_of_all(crashed, self._began), self._began)))
        for stream in left & set(recorded):
            last = await self._calls.run(index.last_end, stream, timeout_s=_INDEX_TIMEOUT_S)
            if last is not None and last < self._began:
                outage = replace(self._outage(stream, last, cause), end=self._began)
                self._ledger.put(outage_entry(outage))

    def _read_all(
        self, index: Index, living: Collection[StreamId]
    ) -> tuple[set[StreamId], list[Incident], GapCause, UtcNs | None]:
        """What is told by the two that follow; blocks."""
        left, incidents = self._read_leftovers(index, living)
        return left, incidents, *self._read_end(index, left)

    def _read_leftovers(self, index: Index, living: Collection[StreamId]) -> tuple[set[StreamId], list[Incident]]:
        """Streams that nobody records, and incidents that nobody can end; blocks."""
        left = set(index.streams()) - set(living)
        incidents = [
            incident
            for incident in index.incidents(open_only=True)
            if (incident.stream not in living if incident.stream is not None else not living)
        ]
        return left, incidents

    @staticmethod
    def _read_end(index: Index, left: Collection[StreamId]) -> tuple[GapCause, UtcNs | None]:
        """Why nobody recorded these streams, and when that began if it was a crash; blocks."""
        lasting = [outage for outage in index.open_outages() if outage.stream in left]
        died = any(segment.stream in left for segment in index.open_segments())
        orderly = any(outage.cause is GapCause.SHUTDOWN for outage in lasting)
        crashed = died or any(not outage.cause.planned for outage in lasting)
        ends = [end for stream in left if (end := index.last_end(stream)) is not None]
        cause = GapCause.SHUTDOWN if orderly and not died else GapCause.PROCESS_DIED
        return cause, max(ends, default=None) if crashed else None

    async def retire(self, recorded: Collection[StreamId], living: Collection[StreamId]) -> None:
        """Say that streams are switched off which are not to be recorded and have no recorder to say it."""
        now = self._clock.utc_ns()
        try:
            outages = await self._calls.run(self._retired, recorded, living, now, timeout_s=_INDEX_TIMEOUT_S)
        except (StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.warning("it is not entered that cameras were taken away: %s", error)
            return
        for outage in outages:
            self._ledger.put(outage_entry(outage))
        for stream in [stream for stream in self._ends if stream not in recorded]:
            del self._ends[stream]
        if not recorded:
            self._end_crash()

    def _retired(self, recorded: Collection[StreamId], living: Collection[StreamId], now: UtcNs) -> list[Outage]:
        """What ends and what begins with streams that are retired; blocks."""
        found: list[Outage] = []
        lasting = self._lasting()
        died = {segment.stream for segment in self._index.open_segments()}
        for stream in self._index.streams():
            last = self._index.last_end(stream)
            if stream in recorded or stream in living or last is None:
                continue
            if divided := self._divided(stream, lasting[stream], last, now):
                found += divided
                continue
            stretches = self._wanted(stream, now, UtcNs(now + 1))
            cause = stretches[0].intent.cause if stretches else GapCause.SWITCHED_OFF
            if any(outage.cause is cause for outage in lasting[stream]):
                continue
            found += [ended(outage, now) for outage in lasting[stream]]
            if stream in died:
                found.append(replace(self._outage(stream, last, GapCause.PROCESS_DIED), end=max(last, now)))
            known = stream in died or bool(lasting[stream])
            found.append(self._outage(stream, max(last, now) if known else last, cause))
        return found

    def _lasting(self) -> Mapping[StreamId, list[Outage]]:
        """Outages that last, by stream; blocks."""
        lasting: defaultdict[StreamId, list[Outage]] = defaultdict(list)
        for outage in self._index.open_outages():
            lasting[outage.stream].append(outage)
        return lasting

    async def recorder_gone(
        self, streams: Collection[StreamId], incidents: Iterable[Incident], end: RecorderEnd
    ) -> None:
        """Make the rows true while nobody records these streams."""
        now = self._clock.utc_ns()
        for incident in incidents:
            self._ledger.put(incident_entry(over(incident, now)))
        self._left_behind |= set(streams)
        self._ends |= dict.fromkeys(streams, end)
        await self._settle(streams)

    async def take_over(self, streams: Collection[StreamId]) -> Mapping[StreamId, Sequence[Outage]]:
        """Their outages that last, for the recorder that ends them; none for streams never recorded."""
        outages = await self._settle(streams)
        for stream in streams:
            self._ends.pop(stream, None)
        self._end_crash()
        return outages

    async def stop(self) -> None:
        """Everything ends in good order: say so of streams that pause by a schedule, for whoever starts later."""
        now = self._clock.utc_ns()
        try:
            pauses = await self._calls.run(self._pauses, now, timeout_s=_INDEX_TIMEOUT_S)
        except (StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.warning("it is not entered that schedules are not followed any more: %s", error)
            return
        for pause in pauses:
            self._ledger.put(outage_entry(ended(pause, now)))
            self._ledger.put(outage_entry(self._outage(pause.stream, now, GapCause.SHUTDOWN)))

    def _pauses(self, now: UtcNs) -> list[Outage]:
        """Those that last and end by a schedule some time; blocks."""
        return [
            outage
            for outage in self._index.open_outages()
            if outage.cause in PAUSES and self._wanted(outage.stream, now, UtcNs(now + 1))
        ]

    def _end_crash(self) -> None:
        crash, self._crash = self._crash, None
        if crash is not None:
            self._ledger.put(incident_entry(over(crash, self._clock.utc_ns())))

    async def _settle(self, streams: Collection[StreamId]) -> Mapping[StreamId, Sequence[Outage]]:
        """Recording waits for this: rather a ledger that is mended later than a camera that is not recorded."""
        now = self._clock.utc_ns()
        try:
            await self._flushed()
            await self._recover(self._left_behind & set(streams), now)
            lasting, new = await self._calls.run(self._outages, streams, now, timeout_s=_INDEX_TIMEOUT_S)
        except (StillRunningError, TooManyHungError, TimeoutError, SQLAlchemyError) as error:
            self._left_behind -= set(streams)
            _log.warning("what is missing of %d streams is not entered yet: %s", len(streams), error)
            return {}
        for outage in new:
            self._ledger.put(outage_entry(outage))
        return lasting

    async def _flushed(self) -> None:
        if self._ledger.problem is not None or not self._index.is_open:
            raise TimeoutError("the database takes nothing now")
        async with asyncio.timeout(_INDEX_TIMEOUT_S):
            await self._ledger.flush()

    async def _recover(self, streams: Collection[StreamId], now: UtcNs) -> None:
        """End files properly and enter unknown ones, as long as nobody writes any of these streams."""
        if not streams:
            return
        given_up = threading.Event()
        recover = partial(recover_streams, now=now, given_up=given_up.is_set)
        volumes = await self._calls.run(self._volumes, timeout_s=_INDEX_TIMEOUT_S)
        try:
            changes = await self._calls.run(
                recover, self._index, volumes, list(streams), timeout_s=_RECOVERY_TIMEOUT_S
            )
        except (StillRunningError, TooManyHungError):
            _log.warning("what was left behind on the volume takes long, the rest of it is looked at later")
        else:
            log_changes(changes)
        finally:
            given_up.set()
        self._left_behind -= set(streams)

    def _outages(
        self, streams: Collection[StreamId], now: UtcNs
    ) -> tuple[dict[StreamId, list[Outage]], list[Outage]]:
        """Outages that last, by stream, and what is to be entered; blocks."""
        lasting = {stream: there for stream, there in self._lasting().items() if stream in streams}
        new = []
        for stream in streams:
            last = self._index.last_end(stream)
            if last is not None and last - now >= _CLOCK_JUMP_NS:
                new.append(replace(self._outage(stream, last, GapCause.CLOCK_JUMP), end=now))
            elif last is not None and (divided := self._divided(stream, lasting.get(stream, []), last, now)):
                lasting[stream] = [divided[-1]]
                new += divided
            elif last is not None and last < now and stream not in lasting:
                end = self._ends.get(stream, RecorderEnd(GapCause.SWITCHED_OFF))
                lasting[stream] = [self._outage(stream, last, end.cause, end.incident)]
                new += lasting[stream]
        return lasting, new

    def _divided(self, stream: StreamId, lasting: Sequence[Outage], last: UtcNs, now: UtcNs) -> Sequence[Outage]:
        """What changes because a stream was not to be recorded all the time for which nobody did; blocks."""
        start = begins(lasting, last)
        if stream not in self._ends or start >= now:
            return []
        end = self._ends[stream]
        return divide(
            self._wanted(stream, start, now), lasting, self._outage(stream, start, end.cause, end.incident)
        )

    def _outage(self, stream: StreamId, last: UtcNs, cause: GapCause, incident: str | None = None) -> Outage:
        """One that lasts, from the last moment that is accounted for."""
        if incident is None and cause is GapCause.PROCESS_DIED and self._crash is not None:
            incident = self._crash.uid
        return Outage(uuid4().hex, stream, last, None, cause, _DETAILS.get(cause, ""), incident)


def end_of_all(last: UtcNs, now: UtcNs) -> Incident:
    """The incident of a run that did not end in good order."""
    return Incident(
        uid=uuid4().hex,
        camera=None,
        stream=None,
        fault=Fault.UNKNOWN,
        reason=Reason.UNKNOWN,
        severity=Severity.CRITICAL,
        message="gstnvr or the machine went down without an orderly stop",
        code="start after a crash",
        started=UtcNs(min(last, now)),
        detected=now,
    )
