"""Retention at work: what goes, what stays, what is told, and what it does not wait for."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from gstnvr.db.engine import open_engine
from gstnvr.db.index import Index
from gstnvr.model.faults import GapCause, Reason, Severity
from gstnvr.storage.holdings import DAY_NS
from gstnvr.supervisor.volumes import retention
from tests.supervisor.retention_rig import FAST, HOUR, HOUR_NS, MB, KeeperRig, LeapingClock, settled, stream
from tests.supervisor.rig import until

SIZE = len(HOUR.content)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[KeeperRig]:
    with Index.open(tmp_path / "index.db") as index:
        yield KeeperRig(tmp_path, index)


def test_what_is_too_old_goes_and_a_changed_setting_holds_at_once(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure({"days": 2.0}, till={"retention": {"days": 3.0}}, yard={})
        for camera in ("till", "yard", "gone"):
            rig.record(camera, 96)
        async with rig.running() as keeper:
            await settled(keeper)
            assert [rig.hours_kept(camera) for camera in ("till", "yard", "gone")] == [72, 48, 48]
            rig.configure({"days": 1.0}, till={}, yard={})
            await until(lambda: rig.hours_kept("till") == rig.hours_kept("yard") == 24, "the new days")
        assert [gap.cause for gap in rig.index.gaps(stream("till"))] == [GapCause.DELETED]

    asyncio.run(story())


def test_a_camera_and_a_volume_take_no_more_than_they_may(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure(volume={"max_size": "20 %"}, till={"retention": {"max_size": "1 MB"}}, yard={})
        for camera in ("till", "yard"):
            rig.record(camera, 48)
        async with rig.running() as keeper:
            await settled(keeper)
        assert rig.hours_kept("till") == MB // SIZE
        assert 4 * MB - SIZE < rig.disks[0].used <= 4 * MB

    asyncio.run(story())


def test_a_disk_that_another_program_fills_keeps_its_floor_and_the_cost_is_told(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure({"min_days": 1.0}, till={}, yard={})
        for camera in ("till", "yard"):
            rig.record(camera, 72)
        disk = rig.disks[0]
        async with rig.running() as keeper:
            await settled(keeper)
            assert rig.hours_kept("till") == rig.hours_kept("yard") == 72
            disk.others = disk.free - MB
            await until(lambda: disk.free >= 3 * MB, "room up to the resume level")
            await settled(keeper)
            assert disk.free < 3 * MB + SIZE, "and no more than that"
            assert abs(rig.hours_kept("till") - rig.hours_kept("yard")) <= 1
            told = rig.incident("retention floor")
            assert told is not None
            assert (told.severity, told.reason) == (Severity.LOW, Reason.NO_SPACE)
            assert f"{72 - rig.hours_kept('till')}.0 h of till" in told.message
            disk.others += disk.free + 5 * MB
            await until(lambda: disk.free >= 2 * MB, "room up to the floor, below the minimum")
            await settled(keeper)
            assert disk.free < 2 * MB + SIZE
            assert 0 < rig.hours_kept("till") < 24
            told = rig.incident("retention floor")
            assert told is not None
            assert told.severity is Severity.HIGH
            assert "younger than min_days" in told.message

    asyncio.run(story())


def test_where_only_protected_recordings_are_left_that_is_said_until_room_comes(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure(till={}, yard={})
        for camera in ("till", "yard"):
            rig.record(camera, 24)
        rig.protect("till")
        disk = rig.disks[0]
        disk.others = disk.free - MB // 2
        async with rig.running():
            await until(lambda: rig.is_open("retention stuck") is False and rig.hours_kept("yard") < 24, "a start")
            disk.others += disk.free
            await until(lambda: disk.free > 2 * MB or rig.is_open("retention stuck"), "the end of what may go")
            disk.others += 4 * MB
            await until(lambda: rig.is_open("retention stuck"), "that it is said")
            told = rig.incident("retention stuck")
            assert told is not None
            assert (told.severity, told.reason) == (Severity.CRITICAL, Reason.PROTECTED_ONLY)
            assert "only protected recordings are left on it (0.0 GB)" in told.message
            assert rig.hours_kept("till") == 24
            assert rig.hours_kept("yard") == 0
            assert list(rig.notes.values()) == [told.message]
            disk.others = 0
            await until(lambda: not rig.is_open("retention stuck"), "the end of the incident")
            await until(lambda: not rig.notes, "the end of the note")

    asyncio.run(story())


def test_what_an_earlier_supervisor_said_is_taken_back_when_room_has_come_meanwhile(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure(till={})
        rig.record("till", 24)
        rig.protect("till")
        disk = rig.disks[0]
        disk.others = disk.free - MB
        async with rig.running():
            await until(lambda: rig.is_open("retention stuck"), "that it is said")
        disk.others = 0
        async with rig.running():
            await until(lambda: not rig.is_open("retention stuck"), "the end of the incident")

    asyncio.run(story())


def test_room_on_a_full_volume_is_noticed_long_before_the_next_look(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure(till={})
        rig.record("till", 24)
        rig.protect("till")
        disk = rig.disks[0]
        disk.others = disk.free - MB
        async with rig.running(rhythm=replace(FAST, measure_s=1000, glance_s=0.02)):
            await until(lambda: rig.is_open("retention stuck"), "that it is said")
            disk.others = 0
            await until(lambda: not rig.is_open("retention stuck"), "the end of the incident")

    asyncio.run(story())


def test_a_volume_that_cannot_be_used_any_more_is_not_said_to_be_full(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure(till={})
        rig.record("till", 24)
        rig.protect("till")
        disk = rig.disks[0]
        disk.others = disk.free - MB
        async with rig.running():
            await until(lambda: rig.is_open("retention stuck"), "that it is said")
            disk.hangs = True
            await until(lambda: not rig.is_open("retention stuck"), "the end of the incident")

    asyncio.run(story())


def test_many_that_go_keep_the_overview_up_to_date(rig: KeeperRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        rig.configure({"days": 1.0}, till={})
        rig.record("till", 72)
        monkeypatch.setattr(retention, "_LARGEST_PLAN", 2)
        monkeypatch.setattr(retention, "_MOST_PLANS", 2)
        seen = set()
        async with rig.running() as keeper:
            while rig.hours_kept("till") > 24:
                found = keeper.overview()
                if found is not None:
                    seen.add(found.cameras[0].size // SIZE)
                await asyncio.sleep(0.01)
        assert len(seen) > 3

    asyncio.run(story())


def test_a_clock_that_leaps_ahead_deletes_nothing_for_its_age_and_room_is_made_all_the_same(
    rig: KeeperRig,
) -> None:
    async def story() -> None:
        rig.clock = clock = LeapingClock()
        rig.configure({"days": 5.0}, till={})
        rig.record("till", 96)
        disk = rig.disks[0]
        async with rig.running() as keeper:
            await settled(keeper)
            clock.ahead_ns = 365 * DAY_NS
            await settled(keeper, 3)
            assert rig.hours_kept("till") == 96
            assert "leapt ahead" in rig.notes["clock"]
            disk.others = disk.free - MB
            await until(lambda: disk.free >= 3 * MB, "room")
            assert 96 - rig.hours_kept("till") <= 2 * MB // SIZE + 1
            clock.ahead_ns = 0
            await until(lambda: not rig.notes, "the end of the doubt")

    asyncio.run(story())


def test_a_disk_that_hangs_keeps_no_other_waiting(rig: KeeperRig) -> None:
    async def story() -> None:
        second = rig.add_disk()
        rig.configure({"days": 1.0}, till={})
        rig.record("till", 48, 0)
        rig.record("yard", 48, 1)
        rig.disks[0].hangs = True
        async with rig.running():
            await until(lambda: rig.hours_kept("yard") == 24, "retention on the disk that answers")
            assert rig.hours_kept("till") == 48
            second.others = second.free
            await until(lambda: second.free >= 2 * MB, "room on the disk that answers")

    asyncio.run(story())


def test_a_deletion_that_was_interrupted_is_ended(rig: KeeperRig) -> None:
    async def story() -> None:
        first, *_ = rig.record("till", 4)
        with rig.index.writing() as writer:
            writer.segments_deleting(first.volume, [first.path])
        async with rig.running() as keeper:
            await settled(keeper)
        assert rig.hours_kept("till") == 3
        assert not (Path(rig.disks[0].volume.path) / first.path).exists()

    asyncio.run(story())


def test_it_begins_when_the_database_is_there_and_goes_on_after_it_was_not(rig: KeeperRig, tmp_path: Path) -> None:
    async def story() -> None:
        rig.configure({"days": 1.0}, till={})
        rig.record("till", 48)
        failing, tried = True, 0

        def fail() -> None:
            nonlocal tried
            tried += 1
            if failing:
                raise OperationalError("", None, Exception("the disk of the database is full"))

        rig.volumes_asked = fail
        with Index() as later:
            async with rig.running(later):
                await asyncio.sleep(5 * FAST.measure_s)
                assert tried == 0
                later.attach(open_engine(tmp_path / "index.db"))
                await until(lambda: tried > 2, "more attempts")
                failing = False
                await until(lambda: rig.hours_kept("till") == 24, "retention")

    asyncio.run(story())


def test_promises_that_will_be_broken_are_told_ahead_and_the_next_supervisor_goes_on_with_that(
    rig: KeeperRig,
) -> None:
    async def story() -> None:
        rig.configure({"days": 6.0, "min_days": 5.0}, till={})
        rig.record("till", 72)
        disk = rig.disks[0]
        disk.size = disk.used + 5 * MB  # floor and 30 hours more
        async with rig.running():
            await until(lambda: rig.is_open("retention min_days till"), "the notice about min_days")
            await until(lambda: rig.is_open("retention days till"), "the notice about days")
        soon, sooner = rig.incident("retention days"), rig.incident("retention min_days")
        assert soon is not None
        assert sooner is not None
        assert (soon.camera, soon.severity, soon.reason) == ("till", Severity.LOW, Reason.KEPT_TOO_SHORT)
        assert (sooner.camera, sooner.severity) == ("till", Severity.MEDIUM)
        assert "instead of 6 days from 20" in soon.message
        async with rig.running() as keeper:
            await settled(keeper)
            assert len([one for one in rig.index.incidents() if one.code == "retention days till"]) == 1
            disk.size += 50 * MB
            await until(lambda: not rig.is_open("retention"), "the end of both")

    asyncio.run(story())


def test_the_overview_says_how_room_is_used(rig: KeeperRig) -> None:
    async def story() -> None:
        rig.configure(till={"retention": {"days": 90.0, "min_days": 7.0, "max_size": "1 GB"}})
        rig.record("till", 48)
        rig.record("gone", 3)
        second = rig.add_disk()
        second.hangs = True
        async with rig.running() as keeper:
            await settled(keeper)
        found = keeper.overview()
        assert found is not None
        till, gone = found.cameras
        assert (till.camera, till.configured, till.size) == ("till", True, 48 * SIZE)
        assert (till.promise.days_ns, till.promise.min_ns, till.promise.max_size) == (
            90 * DAY_NS,
            7 * DAY_NS,
            10**9,
        )
        assert till.per_hour == pytest.approx(SIZE, rel=0.05)
        assert till.oldest == rig.index.segments(stream("till"))[0].start
        assert (gone.camera, gone.configured) == ("gone", False)
        first, other = found.volumes
        assert (first.recordings, first.total) == (51 * SIZE, 20 * MB)
        assert first.room is not None
        assert (first.room.free, first.room.floor, first.room.resume) == (20 * MB - 51 * SIZE, 2 * MB, 3 * MB)
        assert first.full_at is not None
        assert (other.volume, other.room, other.total) == (second.volume, None, None)
        hours = (first.full_at - found.at) / HOUR_NS
        room = 20 * MB - 51 * SIZE - 2 * MB
        assert hours == pytest.approx(room / (till.per_hour + gone.per_hour), abs=7)

    asyncio.run(story())
