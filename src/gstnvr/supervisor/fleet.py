"""All recorder processes."""

import asyncio
import re

from gstnvr.config.secrets import resolve_password
from gstnvr.config.settings import Settings
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.ids import StreamId
from gstnvr.supervisor.assignment import place, recorder_tasks, wanted_streams
from gstnvr.supervisor.office import Office
from gstnvr.supervisor.recorders import BuryStreams, Recorder

_SOCKET = re.compile(r"recorder-([0-9]{1,4})\.sock")


class Fleet:
    """Divides the streams among recorders; each then looks after itself."""

    def __init__(self, office: Office, bury: BuryStreams) -> None:
        self._office = office
        self._bury = bury
        self._recorders: dict[int, Recorder] = {}
        self._leaving: dict[int, asyncio.Task[None]] = {}

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
        held = {number: recorder.held for number, recorder in self._recorders.items()}
        placed = place(wanted_streams(settings), held, settings.recorder.streams_per_process, self._leaving.keys())
        tasks = recorder_tasks(settings, placed, volume, resolve_password)
        for number in [number for number in self._recorders if number not in tasks]:
            self._dismiss(number)
        for number, task in tasks.items():
            recorder = self._recorders.get(number) or self._add(number)
            recorder.assign(task)

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
        recorder = Recorder(number, self._office, self._bury)
        self._recorders[number] = recorder
        recorder.start()
        return recorder

    def _dismiss(self, number: int) -> None:
        recorder = self._recorders.pop(number)
        task = asyncio.create_task(recorder.stop(), name=f"end of recorder {number}")
        self._leaving[number] = task
        task.add_done_callback(lambda _: self._leaving.pop(number, None))
