"""A supervisor with a hot and a cold directory: recordings move, and play as before."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from gstnvr.access.local_token import read_local_token
from gstnvr.config.load import load
from gstnvr.config.problems import ConfigurationError
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import read_identity
from gstnvr.volume.paths import SegmentName, segment_path
from tests.supervisor.rig import Rig, until

FRONT = StreamId(CameraId("front"), StreamKind.MAIN)
MADE = make_segment(frames=250)
COUNT = 12


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 120))


def configure(rig: Rig, volumes: str, tiers: str = "{}") -> None:
    rig.configure("front")
    text = rig.config.read_text()
    rig.config.write_text(text.replace(f"[{{path: {rig.volume}}}]", f"[{volumes}], tiers: {tiers}"))


def leave_recordings(root: Path) -> list[Path]:
    """Of a day ago, as a recorder leaves them."""
    start = SystemClock().utc_ns() - 86_400 * NS_PER_S
    files = []
    for number in range(COUNT):
        name = SegmentName(FRONT, UtcNs(start + number * 10 * NS_PER_S), Container.MP4)
        files.append(root / segment_path(name))
        MADE.write(files[-1])
        os.utime(files[-1], (start / 1e9, start / 1e9))
    return files


async def fetch(rig: Rig, key: int | None) -> bytes:
    def get() -> bytes:
        url = f"http://127.0.0.1:{rig.port}/api/v1/segments/{key}/file"
        token = read_local_token(rig.data_dir)
        with urlopen(Request(url, headers={"Authorization": f"Bearer {token}"}), timeout=20) as answer:
            found: bytes = answer.read()
            return found

    return await asyncio.to_thread(get)


def count_on(supervisor: Supervisor, root: Path) -> int:
    uuid = read_identity(root).uuid
    closed = supervisor.index.segments(FRONT, states=[SegmentState.CLOSED])
    return sum(segment.volume == uuid for segment in closed)


def test_recordings_move_play_on_and_only_hot_volumes_are_recorded_to(rig: Rig) -> None:
    cold = rig.folder / "cold"
    cold.mkdir()
    volumes = f"{{path: {rig.volume}}}, {{path: {cold}, tier: cold}}"
    configure(rig, volumes, "{cold_after_days: 0.5}")
    left = leave_recordings(rig.volume)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            assert [path for _, path in rig.told()[0]["volumes"]] == [str(rig.volume)]
            await until(lambda: count_on(supervisor, cold) == COUNT, "all of yesterday on the cold volume")
            await until(lambda: not any(file.exists() for file in left), "none of it on the hot one")
            for segment in supervisor.index.segments(FRONT, states=[SegmentState.CLOSED])[:3]:
                assert await fetch(rig, segment.id) == MADE.content
            assert [segment.volume for segment in supervisor.index.open_segments()] == [
                read_identity(rig.volume).uuid
            ]

    run(scenario)
    assert rig.findings() == ()


def test_a_supervisor_that_vanishes_in_the_midst_of_it_leaves_nothing_twice(rig: Rig) -> None:
    cold = rig.folder / "cold"
    cold.mkdir()
    volumes = f"{{path: {rig.volume}}}, {{path: {cold}, tier: cold}}"
    leave_recordings(rig.volume)
    configure(rig, volumes, "{cold_after_days: 0.5, rate_limit_mbps: 0.1}")

    async def first() -> None:
        async with rig.running(leave=True) as supervisor:
            await until(lambda: count_on(supervisor, cold) > 0, "it has begun")
            assert count_on(supervisor, cold) < COUNT

    async def second() -> None:
        async with rig.running() as supervisor:
            await until(lambda: count_on(supervisor, cold) == COUNT, "the rest")

    run(first)
    configure(rig, volumes, "{cold_after_days: 0.5}")
    run(second)
    assert rig.findings() == ()


@pytest.mark.parametrize(
    ("tier", "tiers", "message"),
    [
        ("cold", "{}", "no volume is hot, so there is none to record to"),
        ("hot", "{warm_after_days: 2}", "has tiers.warm_after_days, but no volume with tier: warm"),
        ("hot", "{cold_after_days: 2}", "has tiers.cold_after_days, but no volume with tier: cold"),
        (
            "hot",
            "{warm_after_days: 2, cold_after_days: 2}",
            "cold_after_days (2) is not above warm_after_days (2)",
        ),
    ],
)
def test_tiers_that_make_no_sense_are_refused(rig: Rig, tier: str, tiers: str, message: str) -> None:
    configure(rig, f"{{path: {rig.volume}, tier: {tier}}}", tiers)
    with pytest.raises(ConfigurationError) as refused:
        load(rig.config)
    assert message in str(refused.value)
