"""Every stream on two volumes at once: either may be lost at any moment, and nothing is."""

import errno
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import scan_file
from gstnvr.db.index import Index
from gstnvr.model.choices import Container, VolumePolicy
from gstnvr.model.faults import Reason
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.check import check
from gstnvr.supervisor.index.events import enter
from gstnvr.testing.media import fake_audio
from tests.rig.engine_rig import EngineRig, play
from tests.rig.two_volumes import (
    ORDINARY,
    check_all_there,
    files_of,
    lose_both_for_a_while,
    places,
    pull_out,
    put_back,
)

__all__ = ["places"]


async def begin(rig: EngineRig, **settings: object) -> None:
    rig.policy = VolumePolicy.MIRROR
    rig.add(audio=fake_audio())
    await rig.configure(**settings)


def is_twice(rig: EngineRig) -> bool:
    """Whether the newest segment is written to two files."""
    segments = rig.segments()
    return bool(segments) and segments[-1].path in {mirror.path for mirror in rig.mirrors()}


async def until_given_up_are_deleted(rig: EngineRig) -> None:
    """Second files that failed are told of as to be deleted, and are deleted once their volume answers."""
    await rig.until(
        lambda: SegmentState.DELETING not in {mirror.state for mirror in rig.mirrors()},
        "the files that were given up being deleted",
    )


def check_flawless(rig: EngineRig, name: str = "door") -> None:
    """And rows of both kinds say what is on the disks."""
    check_all_there(rig, name)
    for mirror in rig.mirrors(name):
        found = scan_file(rig.path_of(mirror))
        assert (mirror.state, mirror.size, mirror.frames) == (SegmentState.CLOSED, found.size, found.video_units)
        assert found.whole
    known = {rig.path_of(segment) for segment in [*rig.segments(name), *rig.mirrors(name)]}
    assert files_of(rig, name) == known


def check_twice(rig: EngineRig, segments: list[Segment]) -> None:
    """Each of these is on both volumes, byte for byte the same pictures and sound, at the same time of day."""
    mirrors = {mirror.path: mirror for mirror in rig.mirrors()}
    for segment in segments:
        mirror = mirrors[segment.path]
        assert mirror.volume != segment.volume
        assert (mirror.start, mirror.end, mirror.frames) == (segment.start, segment.end, segment.frames)
        for kind in TrackKind:
            assert rig.numbers_in(mirror, kind) == rig.numbers_in(segment, kind)


@pytest.mark.parametrize("container", Container)
def test_every_segment_is_on_both_volumes(places: list[Path], container: Container) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig, container=container)
        await rig.until_closed(4)

    rig = play(places, story)
    check_flawless(rig)
    assert len(rig.segments()) == len(rig.mirrors()) > 4
    check_twice(rig, rig.segments())
    assert {segment.volume for segment in rig.segments()} == {rig.volumes[0].uuid}
    assert rig.incidents() == []


@pytest.mark.parametrize("number", [0, 1], ids=["the first", "the second"])
def test_the_segment_that_is_being_written_survives_the_loss_of_either_volume_for_good(
    places: list[Path], number: int
) -> None:
    began: list[str] = []
    first: list[int] = []

    async def story(rig: EngineRig) -> None:
        await begin(rig, segment_s=60)
        await rig.until(lambda: rig.mirrors() and rig.segments() and rig.numbers()[30:], "some pictures")
        began.append(rig.segments()[-1].path)
        first.append(rig.numbers()[0])
        pull_out(places[number])
        await rig.until(lambda: rig.engine.volumes()[number].fault is not None, "the fault being noticed")
        frames = len(rig.numbers())
        assert rig.is_recording()
        await rig.until(lambda: len(rig.numbers()) > frames + 30, "more pictures")

    rig = play(places, story)
    other = rig.volumes[1 - number].uuid
    assert {segment.volume for segment in rig.segments()} == {other}, "all is there without the one that is lost"
    assert rig.segments()[0].path == began[0], "it went on in the same file"
    rig.check_closed_files()
    rig.check_nothing_missing()
    assert rig.numbers()[0] == first[0]
    assert {gap.cause for gap in rig.gaps()} <= ORDINARY
    assert rig.segments()[0].frames > 60, "and was not cut short"
    (incident,) = rig.incidents()
    assert incident.reason is Reason.VOLUME_MISSING


@pytest.mark.parametrize("number", [0, 1], ids=["the first", "the second"])
def test_a_volume_that_comes_back_is_mirrored_to_from_the_next_key_frame_on(
    places: list[Path], number: int
) -> None:
    alone: list[str] = []

    async def story(rig: EngineRig) -> None:
        await begin(rig, segment_s=60)
        for turn in range(2):
            await rig.until(lambda: is_twice(rig), "two files")
            pull_out(places[number])
            await rig.until(lambda: rig.engine.volumes()[number].fault is not None, "the fault being noticed")
            await rig.pause(3)
            put_back(places[number])
            count = len(rig.closed())
            await rig.until_closed(count + 1)
            alone.append(rig.closed()[-1].path)
            assert turn == 1 or rig.is_recording()
        await rig.pause(3)
        await until_given_up_are_deleted(rig)

    rig = play(places, story)
    check_flawless(rig)
    check_twice(rig, [one for one in rig.segments() if one.path not in alone])
    assert rig.mirrors(), "some are there twice"
    assert all(incident.recovered is not None for incident in rig.incidents())


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_faults_of_either_volume_at_any_moment_lose_nothing(places: list[Path], number: int) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig)
        await rig.until_closed(2)
        for turn in range(12):
            rig.media.faults.below = places[turn % 2]
            rig.media.faults.errno = number
            await rig.pause(0.3 + 0.37 * turn)
            rig.media.faults.errno = None
            await rig.pause(1.3)
        await rig.until_closed(len(rig.closed()) + 2)
        await until_given_up_are_deleted(rig)

    check_flawless(play(places, story))


def test_a_second_volume_that_hangs_holds_up_nothing(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig)
        await rig.until_closed(2)
        rig.media.faults.below = places[1]
        rig.media.faults.free.clear()
        closed = len(rig.closed())
        await rig.until_closed(closed + 4)
        assert {one.volume for one in rig.segments()} == {rig.volumes[0].uuid}
        rig.media.faults.free.set()
        await rig.until_closed(len(rig.closed()) + 2)
        await until_given_up_are_deleted(rig)

    check_flawless(play(places, story))


def test_a_first_volume_that_hangs_is_given_up_in_seconds_and_nothing_is_lost(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig, segment_s=60)
        await rig.until(lambda: rig.mirrors() and rig.segments()[-1].frames > 20, "two files")
        path = rig.segments()[-1].path
        rig.media.faults.below = places[0]
        rig.media.faults.free.clear()
        await rig.until(lambda: rig.segments()[-1].volume == rig.volumes[1].uuid, "the second taking over")
        assert rig.segments()[-1].path == path
        assert rig.status().buffered_s < 20
        rig.media.faults.free.set()
        await rig.until(lambda: not (places[0] / path).exists(), "the file that was given up being deleted")
        await until_given_up_are_deleted(rig)

    check_flawless(play(places, story))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first is back first", "second is back first"])
def test_both_volumes_gone_for_a_while_cost_nothing(places: list[Path], order: tuple[int, int]) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig)
        await lose_both_for_a_while(rig, places, order)
        await until_given_up_are_deleted(rig)

    check_flawless(play(places, story))


def test_one_volume_alone_is_recorded_to_as_ever(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.volumes = rig.volumes[:1]
        await begin(rig)
        await rig.until_closed(3)

    rig = play(places, story)
    rig.volumes = rig.volumes[:1]
    check_flawless(rig)
    assert rig.mirrors() == []


def test_the_policy_is_changed_while_it_records(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig, segment_s=4)
        await rig.until(rig.mirrors, "a second file")
        rig.policy = VolumePolicy.FILL
        await rig.configure()
        closed = len(rig.closed())
        await rig.until_closed(closed + 2)
        mirrors = len(rig.mirrors())
        await rig.until_closed(closed + 4)
        assert len(rig.mirrors()) == mirrors
        rig.policy = VolumePolicy.MIRROR
        await rig.configure()
        await rig.until(lambda: len(rig.mirrors()) > mirrors, "a second file again")
        spare, rig.volumes = rig.volumes[1], rig.volumes[:1]
        await rig.configure(segment_s=60)
        count = len(rig.segments())
        await rig.until(lambda: len(rig.segments()) > count, "the next key frame")
        assert spare.uuid not in {one.volume for one in rig.mirrors() if one.path == rig.segments()[-1].path}
        rig.volumes.append(spare)

    rig = play(places, story)
    check_flawless(rig)
    assert len(rig.media.sources) == 1, "the session went on"


@pytest.mark.parametrize("number", [0, 1], ids=["the first", "the second"])
def test_index_and_disks_are_in_order_after_a_volume_was_away(places: list[Path], number: int) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig, segment_s=4)
        await rig.until_closed(1)
        await rig.until(lambda: is_twice(rig) and rig.segments()[-1].state is SegmentState.OPEN, "two files")
        pull_out(places[number])
        await rig.until_closed(3)
        put_back(places[number])
        await rig.until_closed(5)

    rig = play(places, story)
    volumes = [Volume(spec.uuid, spec.path) for spec in rig.volumes]
    with Index.open(places[0].parent / "index.db") as index:
        for _ in range(2):
            with index.writing() as writer:
                for volume in volumes:
                    writer.ensure_volume(volume)
                for event in rig.events():
                    enter(writer, event)
            assert [replace(row, id=None) for row in index.segments()] == rig.segments()
        assert check(index, volumes, now=rig.clock.utc_ns(), running=False).findings == ()
        assert {gap.cause for gap in index.gaps()} <= ORDINARY


def test_a_file_that_is_given_up_is_to_be_deleted(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        await begin(rig, segment_s=60)
        await rig.until(lambda: rig.mirrors() and rig.segments()[-1].frames > 20, "two files")
        pull_out(places[0])
        await rig.until(lambda: rig.segments()[-1].volume == rig.volumes[1].uuid, "the second taking over")

    rig = play(places, story)
    (segment,) = [one for one in rig.segments() if one.start == rig.segments()[0].start]
    left = [one for one in rig.mirrors() if one.state is SegmentState.DELETING]
    assert [replace(one, volume="", size=0, frames=0, end=one.start) for one in left] == [
        replace(segment, volume="", size=0, frames=0, end=segment.start, state=SegmentState.DELETING)
    ]
