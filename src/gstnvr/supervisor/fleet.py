"""All recorder processes."""

import asyncio
import itertools
import logging
import re
from collections.abc import Collection, Mapping, Sequence

from gstnvr.config.secrets import resolve_password
from gstnvr.config.settings import Settings
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.model.status import SessionPhase, StreamStatus
from gstnvr.supervisor.assignment import place, recorder_tasks, wanted_streams
from gstnvr.supervisor.office import Office
from gstnvr.supervisor.quarantine import Suspicion, to_part
from gstnvr.supervisor.recorders import BuryStreams, Recorder, recorder_name

_log = logging.getLogger(__name__)

_STEADY_NS = 10 * NS_PER_S
_SOCKET = re.compile(r"recorder-([0-9]{1,4})\.sock")


class Fleet:
    """Divides the streams among recorders; each then looks after itself."""

    def __init__(self, office: Office, bury: BuryStreams) -> None:
        self._office = office
        self._bury = bury
        self._recorders: dict[int, Recorder] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}
        self._suspicion = Suspicion()
        self._wanted: tuple[Settings, VolumeSpec] | None = None

    @property
    def living(self) -> frozenset[StreamId]:
        """Streams that some process has now."""
        return frozenset().union(*(recorder.living for recorder in self._recorders.values()))

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

    def assign(self, settings: Settings, volume: VolumeSpec) -> None:
        """Hand everybody their task; whoever has none left ends.

        Raises:
            SecretError: the password of a stream cannot be had; nothing was changed.
        """
        self._assign(settings, volume, self._held())
        self._wanted = settings, volume

    def _held(self) -> dict[int, frozenset[StreamId]]:
        return {number: recorder.held for number, recorder in self._recorders.items()}

    def _assign(self, settings: Settings, volume: VolumeSpec, held: Mapping[int, Collection[StreamId]]) -> None:
        suspects = self._suspicion.suspects(self._office.clock.monotonic())
        closed = self._leaving.keys() | {number for number in held if not suspects.isdisjoint(held[number])}
        placed = place(wanted_streams(settings), held, settings.recorder.streams_per_process, closed)
        tasks = recorder_tasks(settings, placed, volume, resolve_password)
        for number in [number for number in self._recorders if number not in tasks]:
            self._dismiss(number)
        for number, task in tasks.items():
            recorder = self._recorders.get(number) or self._add(number)
            recorder.assign(task)

    def _note_crash(self, number: int, reported: Sequence[StreamStatus]) -> None:
        """Part the streams of a recorder that crashes again, so that one of them does not harm the others."""
        held = self._held()
        streams = sorted(held[number])
        now = self._office.clock.monotonic()
        self._suspicion.note(streams, now)
        suspects = self._suspicion.suspects(now)
        parted = to_part(streams, suspects, _steady(reported, self._office.clock.utc_ns()))
        if parted and self._wanted is not None:
            other = next(free for free in itertools.count() if free not in held and free not in self._leaving)
            _log.warning(
                "%s crashed again; from now on %s records %s",
                recorder_name(number),
                recorder_name(other),
                _names(parted),
            )
            self._assign(*self._wanted, {**held, number: held[number].difference(parted), other: parted})
        elif len(streams) == 1 and streams[0] in suspects:
            crashes = self._suspicion.crashes(streams[0], now)
            _log.error("camera %s has crashed its recorder %d times; it is alone now", streams[0].camera, crashes)
        for one in self._recorders.values():
            one.in_quarantine = len(one.held) == 1 and not suspects.isdisjoint(one.held)

    async def stop(self) -> None:
        """Let all of them finish their files and end."""
        await asyncio.gather(*(each.stop() for each in self._recorders.values()), *self._leaving.values())

    async def leave(self) -> None:
        """Watch them no more; they go on recording."""
        await asyncio.gather(*(each.leave() for each in self._recorders.values()))

    def failure(self) -> BaseException | None:
        """A mistake of ours that ended the watch over a recorder."""
        failures = (recorder.failed for recorder in self._recorders.values())
        return next((failure for failure in failures if failure is not None), None)

    def _add(self, number: int) -> Recorder:
        recorder = Recorder(number, self._office, self._bury, self._note_crash)
        self._recorders[number] = recorder
        recorder.start()
        return recorder

    def _dismiss(self, number: int) -> None:
        recorder = self._recorders.pop(number)
        task = asyncio.create_task(recorder.stop(), name=f"end of recorder {number}")
        self._leaving[number] = task
        task.add_done_callback(lambda _: self._leaving.pop(number, None))


def _steady(reported: Sequence[StreamStatus], now: UtcNs) -> frozenset[StreamId]:
    """Streams that had been streaming for some time."""
    return frozenset(
        status.stream
        for status in reported
        if status.session is SessionPhase.STREAMING and now - status.since > _STEADY_NS
    )


def _names(streams: Sequence[StreamId]) -> str:
    return ", ".join(stream.camera for stream in streams)
