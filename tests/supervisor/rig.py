"""A supervisor in this process, with fake recorders in processes of their own."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from gstnvr.config.load import load
from gstnvr.db.index import Index
from gstnvr.disks.devices import System
from gstnvr.model.clock import Clock, SystemClock
from gstnvr.storage.check import check
from gstnvr.storage.invariants import Finding
from gstnvr.supervisor.places import DATABASE, SOCKETS
from gstnvr.supervisor.recording.office import Patience
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.supervisor.surroundings import Surroundings
from tests.rig.ports import free_port

PATIENCE = Patience(start_s=20, stop_s=10, first_delay_s=0.05, longest_delay_s=0.2)
NOTHING_MISSING = (sys.executable, "-c", 'print(\'{"problem": null, "missing": []}\')')
FAKE = (sys.executable, str(Path(__file__).with_name("fake_recorder.py")))
WAIT_S = 60.0


async def until(condition: Callable[[], Any], what: str) -> None:
    """Wait for a condition."""
    try:
        async with asyncio.timeout(WAIT_S):
            while not condition():  # noqa: ASYNC110 - processes and files give no signal
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {WAIT_S:g} s: {what}") from None


class Rig:
    """A data directory, a volume and a configuration file."""

    def __init__(self, folder: Path, patience: Patience = PATIENCE) -> None:
        self.folder = folder
        self.config = folder / "gstnvr.yaml"
        self.data_dir = folder / "data"
        self.volume = folder / "video"
        self.volume.mkdir()
        self.port = free_port()
        self.per_process = 32
        self.recorder_settings = "heartbeat_timeout_s: 2"
        self.patience = patience
        self.database: str | None = None
        self.announced: list[str] = []
        """What was shown to whoever started it."""
        self.clock: Clock = SystemClock()
        self.system = System(folder / "sys", Path(os.devnull), folder / "mdstat")
        """Without disks, unless a test has some."""

    def configure(self, *cameras: str, extra: str = "") -> None:
        """Write the file; ``front`` is recorded, ``-front`` is only watched."""
        lines = [
            f"data_dir: {self.data_dir}",
            f"api: {{port: {self.port}}}",
            f"recorder: {{streams_per_process: {self.per_process}, {self.recorder_settings}}}",
            f"storage: {{volumes: [{{path: {self.volume}}}], retry_interval_s: 0.1}}",
            "cameras:",
        ]
        for camera in cameras:
            name = camera.lstrip("-")
            record = "false" if camera.startswith("-") else "true"
            lines.append(f"  - {{id: {name}, record: {record}, main: {{url: 'rtsp://127.0.0.1/{name}'}}}}")
        self.config.write_text("\n".join([*lines, extra, ""]))

    def mode(self, *words: str, number: int = 0) -> None:
        """How recorders that are started from now on behave."""
        (self.data_dir / SOCKETS).mkdir(mode=0o700, parents=True, exist_ok=True)
        self.write("mode", " ".join(words), number)

    def write(self, kind: str, text: str, number: int = 0) -> None:
        """For a recorder to read."""
        self._file(number, kind).write_text(text)

    def become(self, pid: int, *words: str, number: int = 0) -> None:
        """How a recorder that runs behaves from now on."""
        self.mode(*words, number=number)
        os.kill(pid, signal.SIGUSR2)

    def pid(self, number: int = 0) -> int:
        """Of the recorder that was started last; 0 if none was."""
        file = self._file(number, "pid")
        return int(file.read_text() or 0) if file.exists() else 0

    def told(self, number: int = 0) -> list[dict[str, Any]]:
        """What a recorder was told to do, one after the other."""
        file = self._file(number, "told")
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def handed_over(self, number: int = 0) -> list[list[str | bool]]:
        """What a recorder was asked to let go of, in order: streams, and whether at once."""
        file = self._file(number, "handed")
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def supervisor(self) -> Supervisor:
        around = Surroundings(
            recorder=FAKE,
            inventory=NOTHING_MISSING,
            patience=self.patience,
            watch_interval_s=0.05,
            database=self.database,
            clock=self.clock,
            system=self.system,
            announce=self.announced.append,
        )
        return Supervisor(load(self.config), around)

    @contextlib.asynccontextmanager
    async def running(self, *, leave: bool = False) -> AsyncIterator[Supervisor]:
        """Run one; then stop it in good order, or let it vanish as if killed."""
        supervisor = self.supervisor()
        task = asyncio.create_task(supervisor.run())
        try:
            started = asyncio.create_task(supervisor.started.wait())
            await asyncio.wait({task, started}, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
            started.cancel()
            if task.done():
                task.result()
            assert supervisor.started.is_set()
            yield supervisor
        finally:
            if leave:
                task.cancel()
            else:
                supervisor.stop()
            await asyncio.wait({task}, timeout=WAIT_S)
        if not leave:
            task.result()

    def index(self) -> Index:
        return Index.open(self.data_dir / DATABASE)

    def findings(self) -> Sequence[Finding]:
        """What is wrong with index and disk while nothing runs."""
        with self.index() as index:
            return check(index, index.volumes(), now=SystemClock().utc_ns(), running=False).findings

    def clean_up(self) -> None:
        """End recorders that a test left."""
        for file in (self.data_dir / SOCKETS).glob("*.pid"):
            pid = int(file.read_text() or 0)
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                if pid and FAKE[1].encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def _file(self, number: int, kind: str) -> Path:
        return self.data_dir / SOCKETS / f"recorder-{number}.{kind}"
