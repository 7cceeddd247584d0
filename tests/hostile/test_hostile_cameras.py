"""Cameras that mean harm: each ends in an incident with a name or is recorded, and nobody else notices."""

import asyncio
import os
import random
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gstnvr.config.settings import RecorderSettings, RecordingSettings, SessionSettings
from gstnvr.ipc.messages import StreamSpec
from gstnvr.lab.hostile import CASES
from gstnvr.lab.hostile.mutations import DamagedLine
from gstnvr.lab.hostile.process import HostileCameras
from gstnvr.model.faults import Reason
from gstnvr.model.ids import StreamId
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatus
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec
from tests.rig.video_files import make_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

BYSTANDER = "bystander"
HASTY = SessionSettings(
    first_frame_timeout_s=3,
    probe_timeout_s=1.5,
    reconnect_delay_s=1,
    reconnect_max_delay_s=4,
    reconnect_jitter=False,
)
EAGER = HASTY.model_copy(update={"reconnect_delay_s": 0.2, "reconnect_max_delay_s": 0.5})
RECORDING = RecordingSettings(segment_s=3)
MOST_MEMORY = 400 << 20
"""Bytes that a recorder may grow by; a camera may send 64 MB before it is given up, and a ring holds pictures."""
STEADY_FRAMES = 30
JUDGED_WITHIN_S = 40.0
STOPS_WITHIN_S = 15.0
GROUPS = ("descriptions", "logins", "setups", "packets", "payloads")


def cases_of(group: str) -> list[str]:
    return [name for name, case in CASES.items() if case.group == group and not case.deadly]


def camera_name(case: str) -> str:
    return case.replace("_", "-")


class Watched:
    """A recorder with hostile cameras and one that means well."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.most_memory = 0
        self._process = psutil.Process(rig.recorder.pid)
        self._memory = self._process.memory_info().rss

    async def record(self, hostile: Collection[StreamSpec]) -> None:
        """Begin with the one that means well."""
        good = stream_spec(BYSTANDER, self.rig.cameras.url(BYSTANDER))
        await self.rig.record([good], RECORDING)
        settings = RecorderSettings(max_concurrent_connects=32)
        await self.rig.recorder.configure([good, *hostile], self.rig.volume, RECORDING, settings)

    def status(self, stream: StreamId) -> StreamStatus | None:
        seen = self.rig.recorder.statuses.get(stream)
        return seen[-1].status if seen else None

    def is_steady(self, stream: StreamId) -> bool:
        """Whether it is recorded for some time now."""
        status = self.status(stream)
        if status is None or status.statistics.frames < STEADY_FRAMES:
            return False
        return status.recording is RecordingPhase.RECORDING

    def look(self) -> None:
        """Note how large the process is.

        Raises:
            psutil.NoSuchProcess: it is gone.
        """
        self.most_memory = max(self.most_memory, self._process.memory_info().rss - self._memory)

    async def end(self) -> None:
        """Stop it, and see that nothing came to harm."""
        assert await self.rig.recorder.shutdown() < STOPS_WITHIN_S
        assert await self.rig.recorder.exit_code() == 0
        log = self.rig.recorder.log
        assert "Traceback" not in log
        assert "(at gstnvr" not in log, "an exception that nobody expected"
        assert self.most_memory < MOST_MEMORY
        assert self.rig.incidents(BYSTANDER) == []
        found = await asyncio.to_thread(self.rig.audit, BYSTANDER)
        assert found.video.units > STEADY_FRAMES
        assert found.flawless, found


def hostile_spec(case: str, cameras: HostileCameras) -> StreamSpec:
    spec = stream_spec(camera_name(case), cameras.url(case), HASTY)
    return replace(spec, username="user", password="pa55word") if CASES[case].asks_for_password else spec


def problems(watched: Watched, case: str) -> str | None:
    """What is wrong with how a case was treated."""
    rig, expected = watched.rig, CASES[case].called
    reasons = {incident.reason for incident in rig.incidents(camera_name(case))}
    status = watched.status(main_stream(camera_name(case)))
    if status is None or status.session in (SessionPhase.IDLE, SessionPhase.STOPPING):
        return f"{case}: given up, {status}"
    if not reasons <= expected:
        return f"{case}: called {sorted(reasons)}, not {sorted(expected)}"
    if not reasons and not watched.is_steady(status.stream):
        return f"{case}: neither recorded nor called anything"
    return None


async def try_cases(place: Path, names: list[str]) -> None:
    async with recording_rig(place, {BYSTANDER: "pattern:180p10"}) as rig:
        watched = Watched(rig)
        with HostileCameras(names, bytes_per_s=2_000_000) as cameras:
            await watched.record([hostile_spec(name, cameras) for name in names])

            def judged(name: str) -> bool:
                stream = main_stream(camera_name(name))
                return bool(rig.incidents(stream.camera)) or watched.is_steady(stream)

            deadline = time.monotonic() + JUDGED_WITHIN_S
            while not all(judged(name) for name in names) and time.monotonic() < deadline:
                await asyncio.sleep(0.1)
                watched.look()
            found = [problem for name in names if (problem := problems(watched, name))]
            assert not found, "\n".join(found)
            await watched.end()


@pytest.mark.parametrize("group", GROUPS)
def test_hostile_cameras_harm_nobody_and_get_a_name(tmp_path: Path, group: str) -> None:
    asyncio.run(try_cases(tmp_path, cases_of(group)))


# --- at random ----------------------------------------------------------------------------------------

NAMELESS = frozenset({Reason.UNKNOWN, Reason.PIPELINE_HUNG, Reason.OUT_OF_MEMORY})


async def damage_at_random(place: Path, seed: int, lines: int, seconds: float, least: int) -> None:
    clip = make_video(place / "light.mp4", seconds=4, fps=10)
    async with recording_rig(place, {BYSTANDER: "pattern:180p10", "victim": str(clip)}) as rig:
        watched = Watched(rig)
        damaged = [DamagedLine(rig.cameras.port, f"{seed} {number}") for number in range(lines)]
        for line in damaged:
            await line.__aenter__()
        specs = [
            stream_spec(f"victim-{number}", f"rtsp://127.0.0.1:{line.port}/victim", EAGER)
            for number, line in enumerate(damaged)
        ]
        await watched.record(specs)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.1)
            watched.look()
        count = sum(line.damages for line in damaged)
        print(f"seed {seed}: {count} damages, {watched.most_memory >> 20} MB more memory")
        assert count >= least
        names = {incident.reason for spec in specs for incident in rig.incidents(spec.stream.camera)}
        assert names
        assert not names & NAMELESS, names
        for line in damaged:
            await line.__aexit__(None, None, None)
        await watched.end()


def test_damaged_lines_harm_nobody_and_get_a_name(tmp_path: Path) -> None:
    asyncio.run(damage_at_random(tmp_path, seed=20, lines=8, seconds=5, least=50))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_thousands_of_damages_harm_nobody(tmp_path: Path) -> None:
    seed = int(os.environ.get("GSTNVR_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}: set GSTNVR_SEED to try it again")
    asyncio.run(damage_at_random(tmp_path, seed, lines=24, seconds=240, least=5000))


def test_there_are_cases_of_each_kind() -> None:
    by_group: Mapping[str, int] = {group: len(cases_of(group)) for group in GROUPS}
    assert min(by_group.values()) > 10, by_group
    assert sum(by_group.values()) == sum(not case.deadly for case in CASES.values())
