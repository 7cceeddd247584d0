"""One recorder takes the streams of another over, without a frame lost where cameras bear two connections."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from gstnvr.ipc.messages import Place, StreamSpec
from gstnvr.model.clock import Clock, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.status import RecordingPhase, SessionPhase
from gstnvr.supervisor.recording.assignment import RecorderTask
from gstnvr.supervisor.recording.office import Patience
from gstnvr.supervisor.recording.recorders import Recorder

_log = logging.getLogger(__name__)

_LOOK_INTERVAL_S = 0.05
_AT_A_TIME = 4
"""Streams that are interrupted together, because their cameras bear one connection only."""
_WHEREVER = Place(UtcNs(0))


class Relief:
    """Goes through all streams once; the streams of ``task`` are those of ``old``."""

    def __init__(
        self, old: Recorder, successor: Recorder, task: RecorderTask, patience: Patience, clock: Clock
    ) -> None:
        self._old = old
        self._successor = successor
        self._task = task
        self._patience = patience
        self._clock = clock
        self._specs = {spec.stream: spec for spec in task.streams}
        self._taken: dict[StreamId, StreamSpec] = {}
        """As the successor was told; those that it has now, or stands by for."""
        self._overlapping = set(task.overlapping)

    async def run(self) -> bool:
        """False: the successor does not work, and the old one has everything still."""
        self._old.retire()
        self._tell_successor({stream: replace(self._specs[stream], standby=True) for stream in self._overlapping})
        if not await self._until(lambda: self._successor.heard or self._old.gone, self._patience.start_s):
            self._old.reinstate()
            return False
        if self._old.foreign:
            await self._replace_foreigner()
        else:
            await self._hand_over_ready_ones()
            await self._interrupt_others()
            await self._old.stop()
        self._old.replaced()
        return True

    # --- with two connections -------------------------------------------------------------------------

    async def _hand_over_ready_ones(self) -> None:
        began = self._clock.monotonic()
        waiting = set(self._overlapping)
        while waiting and not self._old.gone:
            ready = {stream for stream in waiting if self._is_ready(stream)}
            refused = {stream for stream in waiting - ready if self._is_refused(stream)}
            if self._clock.monotonic() - began > self._patience.overlap_s:
                refused = waiting - ready
            waiting -= ready | refused
            if refused:
                self._overlapping -= refused
                self._tell_successor({s: spec for s, spec in self._taken.items() if s not in refused})
            if ready:
                await self._hand_over(ready)
            await asyncio.sleep(_LOOK_INTERVAL_S)

    def _is_ready(self, stream: StreamId) -> bool:
        """The successor has pictures, or the old one has none to lose."""
        return self._streams_well(self._successor, stream) or not self._streams_well(self._old, stream)

    def _is_refused(self, stream: StreamId) -> bool:
        report = self._successor.reports.get(stream)
        return report is not None and report.session is SessionPhase.BACKING_OFF

    @staticmethod
    def _streams_well(recorder: Recorder, stream: StreamId) -> bool:
        report = recorder.reports.get(stream)
        return report is not None and report.session is SessionPhase.STREAMING and report.statistics.frames > 0

    async def _hand_over(self, streams: Collection[StreamId]) -> None:
        """Each at its next key frame; the old one is confirmed as soon as the successor records."""
        self._old.hand_over(streams, at_once=False)
        waiting = set(streams)
        deadline = self._clock.monotonic() + self._patience.hand_over_s
        while waiting and not self._old.gone:
            if self._clock.monotonic() > deadline:
                _log.warning("%s does not let go of %d streams", self._old.name, len(waiting))
                self._overlapping -= waiting
                return
            done = {stream: self._old.handed_over[stream] for stream in waiting & self._old.handed_over.keys()}
            if done:
                waiting -= done.keys()
                await self._activate(done)
            await asyncio.sleep(_LOOK_INTERVAL_S)

    async def _activate(self, places: dict[StreamId, Place | None]) -> None:
        self._tell_successor(
            self._taken
            | {stream: replace(self._specs[stream], resume=place or _WHEREVER) for stream, place in places.items()}
        )
        await self._until(lambda: self._old.gone or self._has_all(places), self._patience.stop_s)
        self._take_from_old(places)

    def _has_all(self, streams: Collection[StreamId]) -> bool:
        reports = self._successor.reports
        return all(
            stream in reports
            and stream not in self._successor.standby
            and (reports[stream].recording is not RecordingPhase.OFF or not self._specs[stream].record)
            for stream in streams
        )

    # --- with one connection --------------------------------------------------------------------------

    async def _interrupt_others(self) -> None:
        """The old one lets go first; what comes until the successor has connected is lost."""
        others = [stream for stream in self._specs if not self._is_done(stream)]
        while others:
            some = others[: None if self._old.gone else _AT_A_TIME]
            del others[: len(some)]
            self._old.hand_over(some, at_once=True)
            await self._until(partial(self._has_let_go, some), self._patience.stop_s)
            await self._activate(dict.fromkeys(some))

    def _has_let_go(self, streams: Collection[StreamId]) -> bool:
        return self._old.gone or self._old.handed_over.keys() >= set(streams)

    def _is_done(self, stream: StreamId) -> bool:
        return stream in self._taken and not self._taken[stream].standby

    # --- from another version -------------------------------------------------------------------------

    async def _replace_foreigner(self) -> None:
        """It knows nothing of handing over: it finishes its files, while the successor is connected already."""
        await self._until(
            lambda: self._old.gone or all(map(self._is_decided, self._overlapping)), self._patience.overlap_s
        )
        await self._old.stop()
        await self._activate(dict.fromkeys(self._specs))

    def _is_decided(self, stream: StreamId) -> bool:
        return self._streams_well(self._successor, stream) or self._is_refused(stream)

    # --- both -----------------------------------------------------------------------------------------

    def _tell_successor(self, specs: dict[StreamId, StreamSpec]) -> None:
        self._taken = specs
        self._successor.wait_for(self._old.burial)
        self._successor.assign(replace(self._task, streams=tuple(specs.values())))

    def _take_from_old(self, streams: Collection[StreamId]) -> None:
        task = self._old.task or self._task
        left = tuple(spec for spec in task.streams if spec.stream not in streams)
        self._old.assign(replace(task, streams=left))

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        deadline = self._clock.monotonic() + seconds
        while not condition():
            if self._clock.monotonic() > deadline:
                return False
            await asyncio.sleep(_LOOK_INTERVAL_S)
        return True
