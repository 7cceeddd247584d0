"""All recorder processes."""

import asyncio
import contextlib
import itertools
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from gstnvr.api.common.ports import RecorderProcessView
from gstnvr.config.sealing import passwords_of
from gstnvr.config.settings import Settings
from gstnvr.ipc.live import LIVE_SUFFIX
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId, StreamKind
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatus
from gstnvr.supervisor.index.events import incident_entry, over
from gstnvr.supervisor.recording.assignment import place, recorder_tasks, wanted_streams
from gstnvr.supervisor.recording.life import Trouble, incident_of
from gstnvr.supervisor.recording.memory import resident_bytes
from gstnvr.supervisor.recording.office import Office
from gstnvr.supervisor.recording.quarantine import Suspicion, to_part
from gstnvr.supervisor.recording.recorders import BuryStreams, Recorder, recorder_name
from gstnvr.supervisor.recording.relief import Relief

_log = logging.getLogger(__name__)

_SOCKET = re.compile(r"recorder-([0-9]{1,4})\.sock")
_LOOK_INTERVAL_S = 0.2
_BEGUN_WITHIN_S = 1.0
_STEADY_NS = 10 * NS_PER_S


class Fleet:
    """Divides the streams among recorders; each then looks after itself, and is relieved when it is due."""

    def __init__(self, office: Office, bury: BuryStreams, reassign: Callable[[], None]) -> None:
        """No process is touched yet.

        Args:
            reassign: to be called when an ``assign`` that came at a bad moment is due.
        """
        self._office = office
        self._bury = bury
        self._reassign = reassign
        self._recorders: dict[int, Recorder] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}
        self._suspicion = Suspicion()
        self._wanted: tuple[Settings, Sequence[VolumeSpec]] | None = None
        self._due: dict[Recorder, Trouble] = {}
        self._relieved: Recorder | None = None
        self._relieving: asyncio.Task[None] | None = None
        self._hopeless: set[int | None] = set()
        """Processes in whose place no other could be started."""

    @property
    def recorders(self) -> list[Recorder]:
        """All that have streams, or had them a moment ago."""
        return [*self._recorders.values(), *([self._relieved] if self._relieved is not None else ())]

    @property
    def living(self) -> frozenset[StreamId]:
        """Streams that some process has now."""
        return frozenset().union(*(recorder.living for recorder in self.recorders))

    def live_socket(self, stream: StreamId) -> Path | None:
        """Where a stream can be watched; None: no process has it now."""
        having = [recorder for recorder in self.recorders if stream in recorder.living]
        having.sort(key=lambda recorder: stream in recorder.standby)
        return having[0].socket.with_suffix(LIVE_SUFFIX) if having else None

    def overview(self) -> list[RecorderProcessView]:
        """Every process, for the API."""
        return [
            RecorderProcessView(
                name=recorder.name,
                pid=recorder.pid,
                version=recorder.version,
                streams=len(recorder.living),
                memory_bytes=None if recorder.pid is None else resident_bytes(recorder.pid),
                being_replaced=recorder in self._due,
            )
            for recorder in self.recorders
        ]

    async def find(self) -> None:
        """Find recorders that an earlier supervisor left, and learn which streams they have."""
        self._office.folder.mkdir(mode=0o700, exist_ok=True)
        numbers = [
            int(match[1])
            for path in self._office.folder.iterdir()
            if (match := _SOCKET.fullmatch(path.name)) is not None
        ]
        for number in sorted(numbers):
            self._add(number)
        await asyncio.gather(*(recorder.settled.wait() for recorder in self._recorders.values()))

    async def begun(self) -> None:
        """Until every recorder has a process, for a moment at most: whoever goes on may keep the loop busy."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BEGUN_WITHIN_S):
                await asyncio.gather(*(recorder.begun.wait() for recorder in self.recorders))

    def assign(self, settings: Settings, volumes: Sequence[VolumeSpec]) -> None:
        """Hand everybody their task; whoever has none left ends.

        Raises:
            SecretError: the password of a stream cannot be had; nothing was changed.
        """
        if self._relieved is not None:
            return  # streams are between two recorders; ``reassign`` follows
        self._assign(settings, volumes, self._held())
        self._wanted = settings, volumes

    def _held(self) -> dict[int, frozenset[StreamId]]:
        return {number: recorder.held for number, recorder in self._recorders.items()}

    def _assign(
        self, settings: Settings, volumes: Sequence[VolumeSpec], held: Mapping[int, Collection[StreamId]]
    ) -> None:
        suspects = self._suspicion.suspects(self._office.clock.monotonic())
        closed = self._leaving.keys() | {number for number in held if not suspects.isdisjoint(held[number])}
        placed = place(wanted_streams(settings), held, settings.recorder.streams_per_process, closed)
        tasks = recorder_tasks(settings, placed, volumes, passwords_of(settings), self._office.intents())
        for number in [number for number in self._recorders if number not in tasks]:
            self._dismiss(number)
        for number, task in tasks.items():
            recorder = self._recorders.get(number) or self._add(number)
            recorder.assign(task)

    def _note_crash(self, recorder: Recorder, reported: Collection[StreamStatus]) -> None:
        """Part the streams of a recorder that crashes again, so that one of them does not harm the others."""
        held = self._held()
        number, streams = recorder.number, sorted(filter(_is_main, recorder.held))
        now = self._office.clock.monotonic()
        self._suspicion.note(streams, now)
        suspects = self._suspicion.suspects(now)
        parted = to_part(streams, suspects, _steady(reported, self._office.clock.utc_ns()))
        if parted and self._wanted is not None and self._relieved is None:
            other = next(free for free in itertools.count() if free not in held and free not in self._leaving)
            names = ", ".join(stream.camera for stream in parted)
            _log.warning("%s crashed again; from now on %s records %s", recorder.name, recorder_name(other), names)
            self._assign(*self._wanted, {**held, number: held[number].difference(parted), other: parted})
        elif len(streams) == 1 and streams[0] in suspects:
            crashes = self._suspicion.crashes(streams[0], now)
            _log.error("camera %s has crashed its recorder %d times; it is alone now", streams[0].camera, crashes)
        for one in self._recorders.values():
            alone = len(list(filter(_is_main, one.held))) == 1
            one.in_quarantine = alone and not suspects.isdisjoint(one.held)

    def relieve_all(self) -> int:
        """Replace every process, one after the other; how many."""
        for recorder in self._recorders.values():
            self._request(recorder, Trouble("is replaced as was asked for", None))
        return len(self._recorders)

    async def stop(self) -> None:
        """Let all of them finish their files and end."""
        await self._stop_relieving()
        await asyncio.gather(*(each.stop() for each in self.recorders), *self._leaving.values())

    async def leave(self) -> None:
        """Watch them no more; they go on recording."""
        await self._stop_relieving()
        await asyncio.gather(*(each.leave() for each in self.recorders))

    def failure(self) -> BaseException | None:
        """A mistake of ours that ended the watch over a recorder."""
        failures = [recorder.failed for recorder in self.recorders]
        if self._relieving is not None and self._relieving.done() and not self._relieving.cancelled():
            failures.append(self._relieving.exception())
        return next((failure for failure in failures if failure is not None), None)

    def _add(self, number: int) -> Recorder:
        recorder = Recorder(number, self._office, self._bury, self._request, self._note_crash)
        self._recorders[number] = recorder
        recorder.start()
        return recorder

    def _dismiss(self, number: int) -> None:
        recorder = self._recorders.pop(number)
        task = asyncio.create_task(recorder.stop(), name=f"end of recorder {number}")
        self._leaving[number] = task
        task.add_done_callback(lambda _: self._leaving.pop(number, None))

    # --- relief ---------------------------------------------------------------------------------------

    def _request(self, recorder: Recorder, trouble: Trouble) -> None:
        """Every reason is told again and again until it is gone."""
        if recorder in self._due or recorder is self._relieved or recorder not in self._recorders.values():
            return
        if trouble.reason is None and recorder.pid in self._hopeless:
            return
        _log.warning("%s %s; another process is to take over", recorder.name, trouble.what)
        self._due[recorder] = trouble
        if self._relieving is None or self._relieving.done():
            self._relieving = asyncio.create_task(self._relieve_one_by_one(), name="relief")

    async def _relieve_one_by_one(self) -> None:
        while self._due:
            urgent = [recorder for recorder, trouble in self._due.items() if trouble.reason is not None]
            recorder = next(iter(urgent), next(iter(self._due)))
            if self._may_begin(recorder, self._due[recorder]):
                await self._relieve(recorder, self._due[recorder])
                del self._due[recorder]
            else:
                await asyncio.sleep(_LOOK_INTERVAL_S)

    def _may_begin(self, recorder: Recorder, trouble: Trouble) -> bool:
        """What waits in memory for a disk would be lost for nothing."""
        blocked = any(report.recording is RecordingPhase.BLOCKED for report in recorder.reports.values())
        return recorder.task is not None and not (blocked and trouble.reason is None)

    async def _relieve(self, old: Recorder, trouble: Trouble) -> None:
        if self._recorders.get(old.number) is not old or old.task is None:
            return
        now = self._office.clock.utc_ns()
        incident = None
        if trouble.reason is not None:
            incident = incident_of(old.name, trouble.what, trouble.reason, "relief", now)
            self._office.ledger.put(incident_entry(incident))
        done = await self._replace(old, trouble)
        if incident is not None:
            self._office.ledger.put(incident_entry(over(incident, self._office.clock.utc_ns())))
        if done:
            _log.info("%s is relieved", old.name)

    async def _replace(self, old: Recorder, trouble: Trouble) -> bool:
        assert old.task is not None
        successor = self._add(self._free_number())
        del self._recorders[old.number]
        self._relieved = old
        done = await Relief(old, successor, old.task, self._office.patience, self._office.clock).run()
        self._relieved = None
        if not done:
            _log.error("nobody can be started in the place of %s", old.name)
            del self._recorders[successor.number]
            self._recorders[old.number] = old
            self._hopeless.add(old.pid)
            await successor.stop()
            if trouble.reason is not None:
                await old.kill(trouble)
        self._reassign()
        return done

    def _free_number(self) -> int:
        taken: Collection[int] = {*self._recorders, *self._leaving}
        return next(number for number in range(len(taken) + 1) if number not in taken)

    async def _stop_relieving(self) -> None:
        self._due.clear()
        if self._relieving is not None:
            self._relieving.cancel()
            await asyncio.wait({self._relieving})


def _is_main(stream: StreamId) -> bool:
    """Sub streams are where the main stream of their camera is."""
    return stream.kind is StreamKind.MAIN


def _steady(reported: Collection[StreamStatus], now: UtcNs) -> frozenset[StreamId]:
    """Streams that had been streaming for some time."""
    return frozenset(
        status.stream
        for status in reported
        if status.session is SessionPhase.STREAMING and now - status.since > _STEADY_NS
    )
