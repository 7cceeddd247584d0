"""Recordings that a schedule or somebody begins and ends: to the picture, and what is told of the pauses."""

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gstnvr.media.messages import ErrorDomain, PipelineError, ResourceCode, Role
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.status import RecordingPhase, SessionPhase
from tests.rig.engine_rig import EngineRig, play

KEY_EVERY = 10
PAUSE: dict[str, Any] = {"record": False, "off_cause": GapCause.SCHEDULE}


def ago(rig: EngineRig, seconds: float) -> UtcNs:
    return UtcNs(rig.clock.utc_ns() - int(seconds * NS_PER_S))


async def streaming(rig: EngineRig, seconds: float) -> None:
    """Wait until pictures have come for so long."""
    await rig.until(lambda: rig.status().session is SessionPhase.STREAMING, "the connection")
    end = rig.clock.monotonic() + seconds
    await rig.until(lambda: rig.clock.monotonic() >= end)


async def written(rig: EngineRig, pictures: int) -> None:
    """Wait until the newest file holds so many."""
    await rig.until(
        lambda: rig.status().segment_path and len(rig.numbers_in(rig.segments()[-1])) >= pictures,
        f"{pictures} pictures",
    )


async def paused(rig: EngineRig, count: int = 1) -> None:
    """Wait until so many files have ended and none grows."""
    await rig.until(lambda: rig.status().recording is RecordingPhase.OFF and len(rig.closed()) == count, "a pause")


@pytest.mark.parametrize("late_s", [0, 3])
def test_nothing_is_missing_from_the_moment_on_although_key_frames_are_rare_or_it_was_told_late(
    tmp_path: Path, late_s: float
) -> None:
    since: list[UtcNs] = []

    async def story(rig: EngineRig) -> None:
        rig.add(key_every=50)
        rig.specs["door"] = replace(rig.specs["door"], **PAUSE)
        await rig.configure(segment_s=60, ring_s=12)
        await streaming(rig, 11)
        since.append(ago(rig, late_s))
        await rig.change("door", record=True, record_since=since[0])
        await written(rig, 20)

    rig = play(tmp_path, story)
    (segment,) = rig.closed()
    assert since[0] - 5.1 * NS_PER_S < segment.start <= since[0], "with the last key frame in front of the moment"
    rig.check_closed_files()
    rig.check_nothing_missing()


def test_a_pause_is_in_the_ledger_to_the_picture_and_costs_others_nothing(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        rig.add("yard")
        await rig.configure(segment_s=60)
        await written(rig, 20)
        await rig.change("door", **PAUSE)
        await paused(rig)
        last = rig.gaps()[-1]
        assert (last.start, last.end, last.cause) == (rig.closed()[-1].end, None, GapCause.SCHEDULE)
        await streaming(rig, 5)
        await rig.change("door", record=True, record_since=ago(rig, 0))
        await written(rig, 20)

    rig = play(tmp_path, story)
    first, second = rig.closed()
    _, pause, end = rig.gaps()
    assert (pause.start, pause.end, pause.cause) == (first.end, second.start, GapCause.SCHEDULE)
    assert end.cause is GapCause.SHUTDOWN
    rig.check_nothing_missing("yard")
    assert len(rig.media.sources) == 2, "nobody was connected anew"


def test_who_stops_and_starts_at_once_has_no_picture_twice(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(key_every=30)
        await rig.configure(segment_s=60, ring_s=10)
        await written(rig, 40)
        for count in (1, 2):
            await rig.change("door", record=False)
            await paused(rig, count)
            await rig.change("door", record=True, record_since=ago(rig, 0))
            await written(rig, 10)

    rig = play(tmp_path, story)
    numbers = rig.numbers()
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers)
    assert all(before.end <= after.start for before, after in itertools.pairwise(rig.closed()))
    rig.check_closed_files()


def test_what_came_while_the_last_file_ended_slowly_may_be_wished_for(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add(key_every=KEY_EVERY)
        await rig.configure(segment_s=60, ring_s=20)
        await written(rig, 40)
        rig.media.faults.slow_s = 0.2
        stopped = ago(rig, 0)
        await rig.change("door", record=False)
        await paused(rig)
        assert ago(rig, 3) > stopped, "it took a while"
        rig.media.faults.slow_s = 0
        await rig.change("door", record=True, record_since=stopped)
        await written(rig, 10)

    rig = play(tmp_path, story)
    numbers = rig.numbers()
    missing = [after - before - 1 for before, after in itertools.pairwise(numbers)]
    assert sum(missing) < KEY_EVERY, "what came before the next key frame"
    assert min(missing) == 0, "nothing is there twice"


def test_another_reason_for_the_same_pause_is_another_gap(tmp_path: Path) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await written(rig, 10)
        await rig.change("door", **PAUSE)
        await paused(rig)
        await streaming(rig, 2)
        await rig.change("door", off_cause=GapCause.SWITCHED_OFF)
        await streaming(rig, 2)
        await rig.configure()
        await rig.change("door", record=True)
        await written(rig, 10)

    rig = play(tmp_path, story)
    first, second = rig.closed()
    _, pause, off, _ = rig.gaps()
    assert [pause.cause, off.cause] == [GapCause.SCHEDULE, GapCause.SWITCHED_OFF]
    assert (pause.start, off.end) == (first.end, second.start)
    assert pause.end == off.start


def test_hours_that_nobody_was_there_to_begin_are_missing(tmp_path: Path) -> None:
    since: list[UtcNs] = []

    async def story(rig: EngineRig) -> None:
        rig.add()
        await rig.configure(segment_s=60)
        await written(rig, 10)
        await rig.change("door", **PAUSE)
        await paused(rig)
        await streaming(rig, 20)
        since.append(ago(rig, 10))
        await rig.change("door", record=True, record_since=since[0])
        await written(rig, 10)

    rig = play(tmp_path, story)
    first, second = rig.closed()
    _, pause, missing, _ = rig.gaps()
    assert (pause.start, pause.end, pause.cause) == (first.end, since[0], GapCause.SCHEDULE)
    assert (missing.start, missing.end, missing.cause) == (since[0], second.start, GapCause.PROCESS_DIED)
    assert (second.start - since[0]) / NS_PER_S == pytest.approx(8, abs=1.5), "what memory holds is not missing"


def test_a_camera_that_was_lost_in_the_pause_is_away_from_its_end_on(tmp_path: Path) -> None:
    since: list[UtcNs] = []
    refused = PipelineError(ErrorDomain.RESOURCE, ResourceCode.NOT_FOUND, Role.SOURCE, "refused")

    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        await rig.configure(segment_s=60)
        await written(rig, 10)
        await rig.change("door", **PAUSE)
        await paused(rig)
        await streaming(rig, 3)
        camera.refusal = refused
        camera.close()
        await rig.until(lambda: rig.status().session is SessionPhase.BACKING_OFF, "the camera is lost")
        end = rig.clock.monotonic() + 4
        await rig.until(lambda: rig.clock.monotonic() >= end)
        since.append(ago(rig, 0))
        await rig.change("door", record=True, record_since=since[0])
        await rig.until(lambda: rig.gaps()[-1].cause is GapCause.NETWORK, "it is said at once")
        camera.refusal = None
        await written(rig, 10)

    rig = play(tmp_path, story)
    first, second = rig.closed()
    _, pause, lost, _ = rig.gaps()
    assert (pause.start, pause.cause) == (first.end, GapCause.SCHEDULE)
    assert pause.end == pytest.approx(since[0], abs=NS_PER_S // 2)
    assert (lost.start, lost.end, lost.cause) == (pause.end, second.start, GapCause.NETWORK)
    assert lost.incident is not None
