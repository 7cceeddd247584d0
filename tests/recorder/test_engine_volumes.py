"""Several volumes: which one is written to, and what becomes of a recording when one of them fails."""

import errno
import itertools
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.container.facts import TrackKind, cut_points
from gstnvr.container.scan import scan_file
from gstnvr.model.amounts import Amount
from gstnvr.model.choices import Container, VolumePolicy
from gstnvr.model.faults import Reason
from gstnvr.model.records import Segment
from gstnvr.testing.media import fake_audio
from gstnvr.testing.world_work import held_up_on_purpose
from gstnvr.volume import checks
from gstnvr.volume.checks import Room
from gstnvr.volume.identity import VolumeIdentity, read_identity
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

MB_20, MB_40 = Amount(size=20 << 20), Amount(size=40 << 20)


def on(rig: EngineRig, number: int, name: str = "door") -> list[Segment]:
    """Segments on one of the volumes."""
    return [one for one in rig.segments(name) if one.volume == rig.volumes[number].uuid]


def check_flawless(rig: EngineRig, name: str = "door") -> None:
    """And there is no file that the index does not know."""
    check_all_there(rig, name)
    known = {rig.path_of(segment) for segment in rig.segments(name)}
    assert files_of(rig, name) == known


# --- policies -----------------------------------------------------------------------------------------


def test_fill_takes_the_first_volume_as_long_as_it_has_room(
    places: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {places[0]: 80, places[1]: 100}
    monkeypatch.setattr(checks, "read_room", lambda path: Room(free[path] << 20, 200 << 20))

    async def story(rig: EngineRig) -> None:
        rig.volumes = [replace(volume, floor=MB_20, resume=MB_40) for volume in rig.volumes]
        rig.add()
        await rig.configure()
        await rig.until_closed(3)
        assert on(rig, 1) == []
        free[places[0]] = 25
        await rig.until(lambda: on(rig, 1), "the second volume")
        first = len(on(rig, 0))
        await rig.until(lambda: len(on(rig, 1)) == 3, "more on the second volume")
        assert len(on(rig, 0)) == first
        free[places[0]] = 40
        await rig.until(lambda: len(on(rig, 0)) == first + 2, "the first volume, which has room again")

    check_flawless(play(places, story))


def test_where_nothing_has_room_the_volume_with_most_of_it_is_taken(
    places: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = {places[0]: 22, places[1]: 27}
    monkeypatch.setattr(checks, "read_room", lambda path: Room(free[path] << 20, 200 << 20))

    async def story(rig: EngineRig) -> None:
        rig.volumes = [replace(volume, floor=MB_20, resume=MB_40) for volume in rig.volumes]
        rig.add()
        await rig.configure()
        await rig.until(lambda: all(one.free_bytes for one in rig.engine.volumes()), "a look at the volumes")
        before = len(on(rig, 0))
        await rig.until(lambda: len(on(rig, 1)) == 3, "the second volume")
        assert len(on(rig, 0)) <= before + 1, "what was begun before the room was known"

    check_flawless(play(places, story))


def test_round_robin_takes_turns_and_streams_do_not_move_together(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.policy = VolumePolicy.ROUND_ROBIN
        rig.add("door")
        rig.add("yard")
        await rig.configure()
        await rig.until_closed(4, "door")
        await rig.until_closed(4, "yard")

    rig = play(places, story)
    firsts = []
    for name in ("door", "yard"):
        check_flawless(rig, name)
        volumes = [segment.volume for segment in rig.segments(name)]
        assert all(before != after for before, after in itertools.pairwise(volumes))
        firsts.append(volumes[0])
    assert firsts[0] != firsts[1]


# --- one of two fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("container", "policy"), [(Container.MP4, VolumePolicy.FILL), (Container.MKV, VolumePolicy.ROUND_ROBIN)]
)
def test_a_volume_that_is_pulled_out_costs_nothing_and_is_used_again(
    places: list[Path], container: Container, policy: VolumePolicy
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.policy = policy
        rig.add(audio=fake_audio())
        await rig.configure(container=container)
        await rig.until_closed(2)
        for _ in range(2):
            pull_out(places[0])
            await rig.until(lambda: rig.engine.volumes()[0].fault is not None, "the fault being noticed")
            await rig.until_closed(len(rig.closed()) + 4)
            assert all(one in on(rig, 1) for one in rig.segments()[-2:]), "recording elsewhere"
            assert rig.is_recording()
            put_back(places[0])
            await rig.until_closed(len(rig.closed()) + 4)
            assert on(rig, 0)[-1] in rig.segments()[-3:], "it is used again"
        await rig.until_closed(len(rig.closed()) + 1)

    rig = play(places, story)
    check_flawless(rig)
    assert {incident.reason for incident in rig.incidents()} == {Reason.VOLUME_MISSING}
    assert {incident.camera for incident in rig.incidents()} == {None}
    assert all(incident.recovered is not None for incident in rig.incidents())


def test_a_volume_that_is_pulled_out_before_anything_was_synced_costs_nothing(places: list[Path]) -> None:
    first: list[int] = []

    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        await rig.configure(segment_s=60, sync_interval_s=60)
        await rig.until(lambda: rig.is_recording() and rig.numbers()[20:], "some pictures")
        first.append(rig.numbers()[0])
        pull_out(places[0])
        await rig.until(lambda: on(rig, 1), "recording elsewhere")
        assert on(rig, 0) == [], "all that was there is written elsewhere"
        put_back(places[0])
        await rig.until(lambda: not rig.files(root=places[0]), "the file that is not needed being deleted")

    rig = play(places, story)
    check_flawless(rig)
    assert rig.numbers()[0] == first[0]


def test_writes_that_hang_on_one_volume_hold_up_no_stream_on_the_other(
    places: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    free.set()
    identify = read_identity

    def read_identity_late(path: Path) -> VolumeIdentity:
        if path == places[0]:
            with held_up_on_purpose():
                free.wait()
        return identify(path)

    monkeypatch.setattr(checks, "read_identity", read_identity_late)

    async def story(rig: EngineRig) -> None:
        rig.policy = VolumePolicy.ROUND_ROBIN
        names = [f"cam{number}" for number in range(6)]
        for name in names:
            rig.add(name)
        await rig.configure(segment_s=4)
        for name in names:
            await rig.until_closed(1, name)
        there = {one.stream.camera for one in rig.engine.status() if one.volume == rig.volumes[0].uuid}
        assert 0 < len(there) < len(names)
        free.clear()
        rig.media.faults.below = places[0]
        rig.media.faults.free.clear()
        await rig.until(lambda: rig.engine.volumes()[0].fault is not None, "the fault being noticed")
        closed = {name: len(rig.closed(name)) for name in names}
        for name in names:
            await rig.until_closed(closed[name] + 3, name)
        free.set()
        rig.media.faults.free.set()
        await rig.until(lambda: rig.engine.volumes()[0].fault is None, "the volume")
        for name in names:
            await rig.until_closed(len(rig.closed(name)) + 2, name)
            assert on(rig, 0, name)[-1] in rig.segments(name)[-2:], "it is used again"

    try:
        rig = play(places, story)
    finally:
        free.set()
    for name in rig.specs:
        check_flawless(rig, name)
    (incident,) = rig.incidents()
    assert incident.reason is Reason.WRITE_STALLED


def test_writes_that_fail_on_a_volume_that_seems_well_go_to_the_other(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        await rig.configure()
        await rig.until_closed(2)
        rig.media.faults.below = places[0]
        rig.media.faults.errno = errno.EIO
        await rig.until(lambda: len(on(rig, 1)) >= 3, "recording elsewhere")
        assert rig.is_recording()

    rig = play(places, story)
    check_flawless(rig)
    (incident,) = rig.incidents()
    assert (incident.camera, incident.reason) == ("door", Reason.IO_ERROR)
    assert incident.recovered is not None


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
def test_faults_at_any_moment_of_a_change_of_segments_and_volumes_lose_nothing(
    places: list[Path], number: int
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.policy = VolumePolicy.ROUND_ROBIN
        rig.add(audio=fake_audio())
        await rig.configure()
        await rig.until_closed(2)
        for turn in range(12):
            rig.media.faults.below = places[turn % 2]
            rig.media.faults.errno = number
            await rig.pause(0.3 + 0.37 * turn)
            rig.media.faults.errno = None
            await rig.pause(1.3)
        await rig.until_closed(len(rig.closed()) + 2)

    check_flawless(play(places, story))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first is back first", "second is back first"])
def test_both_volumes_gone_for_a_while_cost_nothing(places: list[Path], order: tuple[int, int]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        await rig.configure()
        await lose_both_for_a_while(rig, places, order)

    check_flawless(play(places, story))


def test_what_the_ring_lost_while_both_were_gone_is_kept_as_far_as_the_disk_has_it(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(audio=fake_audio())
        await rig.configure(outage_buffer_s=4, sync_interval_s=3)
        await rig.until_closed(2)
        for root in places:
            pull_out(root)
        await rig.until(lambda: not rig.is_recording(), "the fault being noticed")
        await rig.pause(15)
        put_back(places[1])
        await rig.until(lambda: len(on(rig, 1)) >= 2, "recording on the second")
        put_back(places[0])
        await rig.until(lambda: all(one.fault is None for one in rig.engine.volumes()), "the first")
        await rig.until_closed(len(rig.closed()) + 3)

    rig = play(places, story)
    rig.check_closed_files()
    for kind in (TrackKind.VIDEO, TrackKind.AUDIO):
        numbers = rig.numbers(kind=kind)
        assert numbers == sorted(set(numbers)), "nothing doubled"
    numbers = rig.numbers()
    holes = [after - before - 1 for before, after in itertools.pairwise(numbers) if after != before + 1]
    (gap,) = [gap for gap in rig.gaps() if gap.cause not in ORDINARY]
    assert gap.end is not None
    assert (gap.end - gap.start) / 1e8 == pytest.approx(sum(holes), abs=3)


def test_a_stop_while_one_volume_is_gone_leaves_its_files_to_the_next_start(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=10)
        await rig.until(lambda: on(rig, 0) and on(rig, 0)[-1].frames > 30, "some that is safe")
        pull_out(places[0])
        await rig.until(lambda: on(rig, 1), "recording elsewhere")
        began = rig.clock.monotonic()
        await rig.engine.shutdown()
        assert rig.clock.monotonic() - began < 25
        put_back(places[0])

    rig = play(places, story)
    assert all(one.end == after.start for one, after in itertools.pairwise(rig.closed()))
    left = on(rig, 0)[-1]
    points = cut_points(scan_file(rig.path_of(left)))
    assert (left.size, left.frames) in [(point.offset, point.video_units) for point in points]


def test_a_file_that_lost_what_was_synced_is_not_touched(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=10)
        await rig.until(lambda: on(rig, 0) and on(rig, 0)[-1].frames > 30, "some that is safe")
        pull_out(places[0])
        await rig.until(lambda: on(rig, 1), "recording elsewhere")
        (left,) = rig.files(root=places[0].with_name("first pulled out"))
        os.truncate(left, 2000)
        put_back(places[0])
        await rig.until(lambda: rig.engine.volumes()[0].fault is None, "the volume")
        await rig.until(lambda: on(rig, 0)[-1].start > on(rig, 1)[0].start, "its use")

    rig = play(places, story)
    assert rig.files(root=places[0])[0].stat().st_size == 2000, "whoever finds it can tell what is left"
    assert on(rig, 0)[0].size > 2000


# --- other volumes, live ------------------------------------------------------------------------------


def test_volumes_are_added_reordered_and_removed_without_a_frame_being_lost(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        first, second = rig.volumes
        rig.add(audio=fake_audio())
        rig.volumes = [first]
        await rig.configure()
        await rig.until_closed(2)
        rig.volumes = [second, first]
        await rig.configure()
        await rig.until(lambda: on(rig, 0), "the one that was added in front")
        rig.volumes = [first]
        await rig.configure(segment_s=60)
        count = len(rig.segments())
        await rig.until(lambda: len(rig.segments()) > count, "the next key frame")
        assert rig.segments()[-1].volume == first.uuid
        rig.volumes = [first, second]
        await rig.configure(segment_s=2)
        await rig.until_closed(len(rig.closed()) + 2)
        assert len(rig.media.sources) == 1, "the session went on"

    check_flawless(play(places, story))


def test_a_volume_that_fails_and_is_taken_out_of_the_settings_is_no_incident_any_more(places: list[Path]) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure()
        await rig.until_closed(2)
        pull_out(places[0])
        await rig.until(lambda: len(on(rig, 1)) >= 2, "recording elsewhere")
        gone, rig.volumes = rig.volumes[0], rig.volumes[1:]
        await rig.configure()
        rig.volumes.append(gone)
        await rig.until_closed(len(rig.closed()) + 2)

    rig = play(places, story)
    (incident,) = rig.incidents()
    assert incident.recovered is not None
