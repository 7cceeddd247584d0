"""Recordings on their way down the tiers: what moves, what it does not wait for, what is told."""

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.model.faults import Reason, Severity
from gstnvr.storage.check import check
from gstnvr.storage.holdings import room
from gstnvr.supervisor.index.archive import Archive
from gstnvr.supervisor.volumes import tiers
from gstnvr.supervisor.volumes.tier_pace import MovingPace
from gstnvr.supervisor.volumes.tiers import TierKeeper, TierRhythm
from gstnvr.testing.clock import SimulatedClock
from gstnvr.volume.identity import IDENTITY_FILE
from tests.supervisor.retention_rig import HOUR, MB, KeeperRig
from tests.supervisor.rig import until

SIZE = len(HOUR.content)
FAST = TierRhythm(look_s=0.02, retry_s=0.1, patience_s=0.2)


class TierRig(KeeperRig):
    """The first volume is hot, the others are as the test says."""

    def tier(self, *tiers: str, **more: float) -> Settings:
        while len(self.disks) <= len(tiers):
            self.add_disk()
        volumes = [{"path": disk.volume.path} for disk in self.disks]
        for volume, name in zip(volumes[1:], tiers, strict=True):
            volume["tier"] = name
        retention = {"floor": "2 MB", "resume": "3 MB", "days": 365.0}
        storage = {"volumes": volumes, "min_free_mb": 1, "retention": retention, "tiers": more}
        self.settings = Settings.model_validate({"storage": storage})
        return self.settings

    def on(self, disk: int) -> int:
        """Segments whose rows say so."""
        uuid = self.disks[disk].volume.uuid
        return sum(one.volume == uuid for one in self.index.segments())

    @contextlib.asynccontextmanager
    async def moving(self, *, alone: bool = True) -> AsyncIterator[TierKeeper]:
        self.never, tells = os.pipe()
        archive = Archive(self.folder, self.index, self._volumes, dict, self.clock)
        keeper = TierKeeper(archive, self.ledger, lambda: self.settings, FAST)
        tasks = [asyncio.create_task(keeper.run())]
        if alone:
            tasks.append(asyncio.create_task(self.ledger.run()))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tiers, "measure", self.measure)
            patch.setattr(tiers, "_MEASURE_TIMEOUT_S", 0.2)
            try:
                yield keeper
                for task in tasks:
                    assert not task.done(), task.result()
            finally:
                os.close(tells)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def assert_whole(self) -> None:
        volumes = [disk.volume for disk in self.disks]
        assert check(self.index, volumes, now=self.clock.utc_ns(), running=False).findings == ()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[TierRig]:
    with Index.open(tmp_path / "index.db") as index:
        yield TierRig(tmp_path, index)


def test_what_is_old_enough_moves_from_tier_to_tier(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("warm", "cold", warm_after_days=1.0, cold_after_days=2.0)
        rows = rig.record("yard", 72)
        async with rig.moving():
            await until(lambda: (rig.on(0), rig.on(1), rig.on(2)) == (24, 24, 24), "each in its place")
        now = rig.index.segments()
        assert [one.path for one in now] == [one.path for one in rows]
        assert [one.volume for one in now] == [
            rig.disks[number].volume.uuid for number in (2, 1, 0) for _ in range(24)
        ]
        rig.assert_whole()

    asyncio.run(story())


def test_a_hot_volume_without_room_gives_its_oldest_to_the_next_tier(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("cold")
        rig.record("yard", 24)
        rig.protect("yard")
        async with rig.moving():
            await asyncio.sleep(0.2)
            assert rig.on(1) == 0, "there is room"
            disk = rig.disks[0]
            disk.others = disk.free - 3 * MB + 5 * SIZE
            await until(lambda: rig.on(1) == 5 and disk.free >= 3 * MB, "room up to the resume level")
        moved = [one.volume for one in rig.index.segments()]
        assert moved == [rig.disks[1].volume.uuid] * 5 + [disk.volume.uuid] * 19
        rig.assert_whole()

    asyncio.run(story())


def test_what_overflows_the_last_tier_is_deleted_and_nothing_else(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("cold")
        hot, cold = rig.disks
        oldest = rig.record("yard", 20, disk=1, ended_days_ago=2)
        newest = rig.record("yard", 24)
        hot.others = hot.free - 3 * MB + 10 * SIZE
        cold.others = cold.free - 2 * MB
        async with rig.running(), rig.moving(alone=False):
            await until(lambda: hot.free >= 3 * MB, "room on the hot volume")
        kept = {one.path for one in rig.index.segments()}
        assert {one.path for one in newest} <= kept
        gone = [one.path for one in oldest if one.path not in kept]
        assert gone == [one.path for one in oldest[: len(gone)]]
        assert gone, "the oldest of all made room"

    asyncio.run(story())


def test_a_volume_that_hangs_holds_up_no_other_and_is_told_once_it_lasts(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("warm", "cold", warm_after_days=1.0, cold_after_days=2.0)
        rig.record("yard", 72)
        rig.disks[1].hangs = True
        async with rig.moving():
            await until(lambda: rig.on(2) == 24, "what goes to the other")
            await until(lambda: rig.is_open("tiers target"), "an incident")
            told = rig.incident("tiers target")
            assert told is not None
            assert (told.reason, told.severity) == (Reason.WRITE_STALLED, Severity.HIGH)
            assert rig.on(1) == 0

    asyncio.run(story())


def test_one_that_is_away_is_told_and_moving_goes_on_by_itself(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("cold", cold_after_days=1.0)
        rig.record("yard", 48)
        identity = Path(rig.disks[1].volume.path) / IDENTITY_FILE
        identity.rename(identity.with_name("away"))
        async with rig.moving():
            await until(lambda: rig.is_open("tiers target"), "an incident")
            assert rig.on(1) == 0
            identity.with_name("away").rename(identity)
            await until(lambda: rig.on(1) == 24, "the rest")
            await until(lambda: not rig.is_open("tiers target"), "the end of the incident")
        rig.assert_whole()

    asyncio.run(story())


def test_where_no_tier_takes_what_must_go_that_is_told(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("cold")
        rig.record("yard", 48)
        for disk in rig.disks:
            disk.others = disk.free - MB
        async with rig.moving():
            await until(lambda: rig.is_open("tiers waiting"), "an incident")
            rig.disks[1].others = 0
            await until(lambda: not rig.is_open("tiers waiting"), "its end")
            await until(lambda: rig.disks[0].free >= 3 * MB, "room")

    asyncio.run(story())


def test_a_file_that_cannot_be_moved_keeps_no_other(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("cold", cold_after_days=1.0)
        rows = rig.record("yard", 48)
        broken = Path(rig.disks[0].volume.path) / rows[0].path
        broken.write_bytes(HOUR.content[:-1])
        async with rig.moving():
            await until(lambda: rig.on(1) == 23, "all others")
            broken.write_bytes(HOUR.content)
            await until(lambda: rig.on(1) == 24, "it, too, once it is whole")

    asyncio.run(story())


def test_a_keeper_that_is_started_anew_goes_on(rig: TierRig) -> None:
    async def story() -> None:
        rig.tier("cold", cold_after_days=1.0, rate_limit_mbps=1.0)
        rig.record("yard", 72)
        async with rig.moving():
            await until(lambda: rig.on(1) >= 1, "the first")
        assert rig.on(1) < 48, "the rate holds it up"
        rig.tier("cold", cold_after_days=1.0)
        async with rig.moving():
            await until(lambda: rig.on(1) == 48, "the rest")
        rig.assert_whole()

    asyncio.run(story())


def test_the_mean_rate_is_that_of_the_setting() -> None:
    waited: list[float] = []

    class Stopping(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0)
            clock.advance(timeout or 0)
            return False

    clock = SimulatedClock()
    pace, stopping = MovingPace(8.0, clock), Stopping()
    for _ in range(5):
        pace.before(500_000, stopping)
    assert waited == pytest.approx([0, 0.5, 0.5, 0.5, 0.5])
    unlimited = MovingPace(None, clock)
    unlimited.before(1 << 40, stopping)
    assert len(waited) == 5


def test_retention_deletes_from_a_volume_that_drains_only_when_moving_is_too_slow(rig: TierRig) -> None:
    settings = rig.tier("cold")
    space = rig.measure(rig.disks[0].volume)
    plain = room(space, settings, making_room=False)
    drained = room(space, settings, making_room=False, drained=True)
    assert (plain.floor, plain.resume) == (2 * MB, 3 * MB)
    assert (drained.floor, drained.resume) == ((2 * MB + (1 << 20)) // 2, 2 * MB)
