"""Our recorder process, and as much of a supervisor as it needs."""

import asyncio
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.errors import BenchError
from bench.peers import end_process, wait_until
from gstnvr.config.settings import RecorderSettings, SessionSettings, Settings
from gstnvr.config.storage import StorageSettings
from gstnvr.ipc.connection import SupervisorConnection, connect
from gstnvr.ipc.messages import (
    Acknowledge,
    Configure,
    Event,
    IncidentChanged,
    Shutdown,
    StatusReport,
    StreamSpec,
    VolumeSpec,
)
from gstnvr.model.choices import G711, Audio, Transport
from gstnvr.model.clock import SystemClock
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.status import RecordingPhase, StreamStatus
from gstnvr.volume.identity import create_identity

_BYTES_PER_MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Variant:
    """How a recorder differs from the default; for comparing settings."""

    name: str = "gstnvr"
    g711: G711 = G711.OPUS
    recorder: RecorderSettings = field(default_factory=RecorderSettings)
    wrapper: Sequence[str] = ()
    """Put in front of the command."""
    environment: Mapping[str, str] = field(default_factory=dict)


class RecorderPeer:
    """One recorder process for all cameras, with everything on."""

    def __init__(self, variant: Variant | None = None) -> None:
        self._variant = variant or Variant()
        self._process: asyncio.subprocess.Process | None = None
        self._connection: SupervisorConnection | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._status: list[StreamStatus] = []
        self._incidents: list[str] = []
        self._run = Path()

    @property
    def name(self) -> str:
        return self._variant.name

    @property
    def processes(self) -> Sequence[int]:
        return [] if self._process is None else [self._process.pid]

    async def start(self, cameras: Mapping[str, str], folder: Path) -> None:
        self._status, self._incidents = [], []
        self._run = Path(tempfile.mkdtemp(prefix="gstnvr-bench-run-"))
        address = self._run / "recorder.sock"
        command = [*self._variant.wrapper, sys.executable, "-m", "gstnvr.recorder"]
        with (folder / "messages.txt").open("wb") as messages:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                *("--socket", str(address), "--name", "recorder-0"),
                stdin=asyncio.subprocess.DEVNULL,
                stderr=messages,
                env={**os.environ, **self._variant.environment},
            )
        await wait_until(lambda: _listens(address), self.name, self._trouble)
        self._connection = await connect(address)
        self._hearing = asyncio.create_task(self._hear(self._connection))
        await self._connection.send(self._assignment(cameras, folder))
        await wait_until(lambda: self._all_recording(len(cameras)), self.name, self._trouble)

    def _assignment(self, cameras: Mapping[str, str], folder: Path) -> Configure:
        """What a supervisor with a configuration file of nothing but cameras and a volume says."""
        settings = Settings.model_validate({"storage": {"volumes": [{"path": str(folder)}]}})
        return Configure(
            [self._spec(name, url, settings.session) for name, url in cameras.items()],
            settings.recording,
            self._variant.recorder,
            [_volume(folder, settings.storage)],
            settings.log.level,
        )

    def _spec(self, name: str, url: str, session: SessionSettings) -> StreamSpec:
        stream = StreamId(CameraId(name), StreamKind.MAIN)
        return StreamSpec(stream, url, None, None, Transport.TCP, True, Audio.RECORD, self._variant.g711, session)

    async def _hear(self, connection: SupervisorConnection) -> None:
        while (message := await connection.receive()) is not None:
            match message:
                case StatusReport(streams):
                    self._status = streams
                case Event(number, body):
                    if isinstance(body, IncidentChanged):
                        self._incidents.append(body.incident.message)
                    await connection.send(Acknowledge(number))

    def _all_recording(self, count: int) -> bool:
        recording = [status for status in self._status if status.recording is RecordingPhase.RECORDING]
        return len(recording) == count

    def _trouble(self) -> str:
        if self._incidents:
            return f"{self.name}: {self._incidents[0]}"
        if self._process is not None and self._process.returncode is not None:
            return f"{self.name}: the recorder ended with exit code {self._process.returncode}"
        reconnects = sum(status.statistics.reconnects for status in self._status)
        return f"{self.name}: {reconnects} reconnects" if reconnects else ""

    async def stop(self) -> None:
        trouble = self._trouble()
        process, self._process = self._process, None
        if process is not None:
            if self._connection is not None and self._hearing is not None:
                await self._connection.send(Shutdown())
                await self._hearing
                await self._connection.close()
            elif process.returncode is None:
                process.terminate()
            await end_process(process)
        self._connection = self._hearing = None
        shutil.rmtree(self._run)
        if trouble:
            raise BenchError(trouble)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as attempt:
        return attempt.connect_ex(str(path)) == 0


def _volume(folder: Path, storage: StorageSettings) -> VolumeSpec:
    identity = create_identity(folder, SystemClock())
    return VolumeSpec(
        identity.uuid,
        str(folder),
        storage.check_interval_s,
        storage.retry_interval_s,
        storage.min_free_mb * _BYTES_PER_MB,
    )
