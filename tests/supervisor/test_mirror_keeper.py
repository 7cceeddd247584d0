"""Second files at work: retention of what is mirrored, volumes that are away, and copies made afterwards."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gstnvr.db.index import Index
from gstnvr.db.mirrors import forget_mirrors, mirror_changed, mirrors_of
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.check import check
from gstnvr.storage.holdings import Space
from gstnvr.supervisor.volumes import mirrors as keeping
from gstnvr.supervisor.volumes.mirrors import MirrorKeeper, MirrorRhythm
from gstnvr.volume.transfer import is_hidden
from tests.supervisor.retention_rig import MB, KeeperRig, settled
from tests.supervisor.rig import until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[KeeperRig]:
    with Index.open(tmp_path / "index.db") as index:
        rig = KeeperRig(tmp_path, index)
        rig.add_disk()
        yield rig


@pytest.fixture
def keeper(rig: KeeperRig, monkeypatch: pytest.MonkeyPatch) -> MirrorKeeper:
    """Looks when it is asked to."""

    def measure(volume: Volume) -> Space:
        return rig.measure(volume)

    monkeypatch.setattr(keeping, "measure", measure)
    rhythm = MirrorRhythm(look_s=0, away_s=0, settled_s=0, search_s=0, rest_s=0)
    return MirrorKeeper(rig.index, rig.clock, rig.index.volumes, lambda: rig.settings, rhythm)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 60))


def findings(rig: KeeperRig) -> list[str]:
    """What a check finds, but for volumes that are away."""
    volumes = [disk.volume for disk in rig.disks]
    report = check(rig.index, volumes, now=rig.clock.utc_ns(), running=False)
    return [finding.message for finding in report.findings if finding.invariant != 7]


def second_files(rig: KeeperRig, segment: Segment) -> dict[str, SegmentState]:
    with rig.index.reading() as connection:
        return {one.volume: one.state for one in mirrors_of(connection, segment.path)}


def pull_out(rig: KeeperRig, number: int) -> None:
    root = Path(rig.disks[number].volume.path)
    root.rename(root.with_name("pulled out"))
    root.mkdir()


def put_back(rig: KeeperRig, number: int) -> None:
    root = Path(rig.disks[number].volume.path)
    root.rmdir()
    root.with_name("pulled out").rename(root)


# --- retention ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [0, 1], ids=["with the first files", "with the second files"])
def test_the_smaller_of_two_disks_keeps_its_floor_and_both_keep_the_same(rig: KeeperRig, small: int) -> None:
    rig.configure(policy="mirror", yard={}, till={})
    for camera in ("yard", "till"):
        rig.record(camera, 40, second=1)
    rig.disks[small].size = rig.disks[small].used + MB

    async def scenario() -> None:
        async with rig.running() as keeper:
            await until(lambda: rig.disks[small].free >= 3 * MB, "room on the smaller disk")
            await settled(keeper)

    before = rig.disks[small].used
    run(scenario)
    freed = before - rig.disks[small].used
    assert freed == pytest.approx(2 * MB, abs=0.2 * MB), "no more than needed"
    assert rig.disks[0].used == rig.disks[1].used
    assert abs(rig.hours_kept("yard") - rig.hours_kept("till")) <= 1
    assert findings(rig) == []


def test_two_full_disks_make_room_once(rig: KeeperRig) -> None:
    rig.configure(policy="mirror", yard={})
    rig.record("yard", 80, second=1)
    for disk in rig.disks:
        disk.size = disk.used + MB

    async def scenario() -> None:
        async with rig.running() as keeper:
            await until(lambda: all(disk.free >= 3 * MB for disk in rig.disks), "room")
            await settled(keeper)

    run(scenario)
    assert all(disk.free < 3.3 * MB for disk in rig.disks)
    assert rig.disks[0].used == rig.disks[1].used
    assert findings(rig) == []


def test_what_is_too_old_goes_from_both_and_a_camera_s_limit_counts_once(rig: KeeperRig) -> None:
    rig.configure({"days": 5, "min_days": 0}, policy="mirror", yard={"retention": {"max_size": "1 MB"}}, till={})
    rig.record("yard", 30, second=1)
    rig.record("till", 10, ended_days_ago=6, second=1)
    kept = rig.record("till", 10, 1, second=0)

    async def scenario() -> None:
        async with rig.running() as keeper:
            await until(lambda: rig.hours_kept("till") == len(kept), "what is too old going")
            await until(lambda: rig.disks[0].used == rig.disks[1].used, "the second files going")
            await settled(keeper)
            overview = keeper.overview()
            assert overview is not None
            assert len({use.recordings for use in overview.volumes}) == 1

    run(scenario)
    size = rig.index.segments()[0].size
    assert rig.hours_kept("yard") == MB // size
    assert findings(rig) == []


def test_a_volume_takes_no_more_than_it_may_second_files_included(rig: KeeperRig) -> None:
    rig.configure(policy="mirror", volume={"max_size": "2 MB"}, yard={})
    rig.record("yard", 30, 1, second=0)

    async def scenario() -> None:
        async with rig.running():
            await until(lambda: rig.disks[0].used <= 2 * MB, "room")
            await until(lambda: rig.disks[0].used == rig.disks[1].used, "the other files going")

    run(scenario)
    assert rig.disks[0].used > 1.7 * MB


# --- a volume that is away ----------------------------------------------------------------------------


def test_second_files_stand_for_a_volume_that_stays_away_and_nothing_is_missing(
    rig: KeeperRig, keeper: MirrorKeeper
) -> None:
    rig.configure(policy="mirror", yard={})
    made = rig.record("yard", 250, second=1)
    keys = [segment.id for segment in rig.index.segments()]
    pull_out(rig, 0)

    async def scenario() -> None:
        await keeper.look()
        rows = rig.index.segments()
        assert [row.id for row in rows] == keys
        assert {row.volume for row in rows} == {rig.disks[1].volume.uuid}
        assert rig.index.gaps() == []
        assert findings(rig) == []
        rig.disks[1].size = rig.disks[1].used + MB
        async with rig.running() as retention:
            await until(lambda: rig.disks[1].free >= 3 * MB, "room on the volume that is left")
            put_back(rig, 0)
            await keeper.look()
            await until(lambda: rig.disks[0].used == rig.disks[1].used, "what was deleted going there, too")
            await settled(retention)

    run(scenario)
    assert findings(rig) == []
    assert len(rig.index.segments()) < len(made)


def test_a_second_file_that_a_recorder_left_without_an_end_gets_one(rig: KeeperRig, keeper: MirrorKeeper) -> None:
    rig.configure(policy="mirror", yard={})
    segment, growing = rig.record("yard", 2, second=1)
    with rig.index.writing() as writer:
        for one in (segment, growing):
            forget_mirrors(writer, rig.disks[1].volume.uuid, [one.path])
            opened = replace(one, volume=rig.disks[1].volume.uuid, state=SegmentState.OPEN, size=0, frames=0)
            mirror_changed(writer, opened)
        writer.segment_discarded(growing.volume, growing.path)
        writer.segment_opened(replace(growing, state=SegmentState.OPEN))
    run(keeper.look)
    assert second_files(rig, segment) == {rig.disks[1].volume.uuid: SegmentState.CLOSED}
    assert second_files(rig, growing) == {rig.disks[1].volume.uuid: SegmentState.OPEN}


# --- copies made afterwards ---------------------------------------------------------------------------


def test_what_was_written_once_is_there_twice_after_a_while(rig: KeeperRig, keeper: MirrorKeeper) -> None:
    rig.configure(policy="mirror", yard={}, till={})
    twice = rig.record("yard", 3, second=1)
    once = [*rig.record("till", 105), *rig.record("yard", 4, 1, ended_days_ago=1)]
    run(keeper.look)
    for segment in [*twice, *once]:
        paths = [Path(disk.volume.path) / segment.path for disk in rig.disks]
        assert paths[0].read_bytes() == paths[1].read_bytes()
        (other,) = {disk.volume.uuid for disk in rig.disks} - {segment.volume}
        assert second_files(rig, segment) == {other: SegmentState.CLOSED}
    assert findings(rig) == []
    files = [file for disk in rig.disks for file in Path(disk.volume.path).rglob("*")]
    assert [file for file in files if is_hidden(file.name)] == []


def test_nothing_is_copied_to_a_disk_without_room_nor_unless_it_is_wanted(
    rig: KeeperRig, keeper: MirrorKeeper
) -> None:
    rig.configure(policy="fill", yard={})
    rig.record("yard", 3)
    run(keeper.look)
    assert rig.disks[1].used == 0
    rig.configure(policy="mirror", yard={})
    rig.disks[1].size = 2 * MB
    run(keeper.look)
    assert rig.disks[1].used == 0
    rig.disks[1].size = 20 * MB
    run(keeper.look)
    assert rig.disks[1].used == rig.disks[0].used


def test_a_file_that_is_not_what_its_row_says_is_not_copied(rig: KeeperRig, keeper: MirrorKeeper) -> None:
    rig.configure(policy="mirror", yard={})
    bad, good = rig.record("yard", 2)
    with (Path(rig.disks[0].volume.path) / bad.path).open("ab") as file:
        file.write(b"more")
    run(keeper.look)
    assert second_files(rig, bad) == {}
    assert second_files(rig, good) == {rig.disks[1].volume.uuid: SegmentState.CLOSED}
    assert not (Path(rig.disks[1].volume.path) / bad.path).exists()


def test_a_new_disk_in_place_of_one_that_is_lost_for_good_gets_everything(
    rig: KeeperRig, keeper: MirrorKeeper
) -> None:
    rig.configure(policy="mirror", yard={})
    made = rig.record("yard", 5, second=1)
    lost = rig.disks.pop(0)
    rig.add_disk()
    shutil.rmtree(lost.volume.path)
    rig.configure(policy="mirror", yard={})
    run(keeper.look)
    run(keeper.look)
    for segment in made:
        states = second_files(rig, segment)
        assert states[rig.disks[1].volume.uuid] is SegmentState.CLOSED
    assert {row.volume for row in rig.index.segments()} == {rig.disks[0].volume.uuid}
    assert rig.disks[0].used == rig.disks[1].used
    assert rig.index.gaps() == []
