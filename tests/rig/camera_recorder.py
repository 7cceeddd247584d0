"""A recorder under test, simulated cameras that it records, and the audit of what came of it."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gstnvr.config.settings import RecordingSettings
from gstnvr.ipc.messages import StreamSpec, VolumeSpec
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import SystemClock
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident
from gstnvr.model.status import RecordingPhase
from gstnvr.simulator.control import UnitSequence
from gstnvr.volume.identity import create_identity
from tests.rig.recorder_under_test import RecorderUnderTest

RECORDING_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Rig:
    """All parts, running."""

    cameras: SimulatedCameras
    recorder: RecorderUnderTest
    volume: VolumeSpec

    async def record(self, streams: list[StreamSpec], settings: RecordingSettings) -> None:
        """Begin; returns when all streams are recorded."""
        await self.recorder.configure(streams, self.volume, settings)
        await self.recorder.wait_for_phase(RecordingPhase.RECORDING, RECORDING_WITHIN_S)

    def files(self, camera: str) -> list[RecordedFile]:
        """Segments of a camera, as the index would list them."""
        return [
            RecordedFile(Path(self.volume.path) / segment.path, segment.start)
            for segment in self.recorder.ledger.segments_of(main_stream(camera))
        ]

    def audit(self, camera: str, *loops: UnitSequence, audio: bool = True) -> Audit:
        """What was recorded against what the camera plays now, or against these loops."""
        return audit(self.files(camera), *(loops or (self.cameras.control.sequence(camera),)), audio=audio)

    def gaps(self, camera: str) -> list[Gap]:
        """In order of time."""
        return self.recorder.ledger.gaps_of(main_stream(camera))

    def incidents(self, camera: str) -> list[Incident]:
        """In order of time."""
        mine = (one for one in self.recorder.ledger.incidents.values() if one.camera == camera)
        return sorted(mine, key=lambda incident: incident.detected)


def main_stream(camera: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind.MAIN)


@asynccontextmanager
async def recording_rig(
    place: Path, sources: Mapping[str, str], *arguments: str, http: bool = False
) -> AsyncIterator[Rig]:
    """Start cameras, over HTTP too if that is wanted, and a recorder that has nothing to do yet."""
    root = place / "volume"
    root.mkdir()
    identity = create_identity(root, SystemClock())
    volume = VolumeSpec(
        identity.uuid, str(root), check_interval_s=30, retry_interval_s=0.5, min_free_bytes=1 << 20
    )
    # The path of a Unix socket may not be longer than some 100 characters, and pytest's are long.
    with (
        tempfile.TemporaryDirectory(prefix="gstnvr-e2e-") as short,
        SimulatedCameras(sources, *arguments, http=http) as cameras,
    ):
        async with RecorderUnderTest(Path(short)) as recorder:
            yield Rig(cameras, recorder, volume)
