"""A changed configuration takes effect without touching what did not change, and a wrong one has no effect."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from gstnvr.db.index import Index
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState, Volume
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action, Change
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.supervisor.volumes import storage
from tests.supervisor.rig import WAIT_S, Rig, until


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 60))


def causes(supervisor: Supervisor) -> dict[str, GapCause]:
    """Of gaps that last, by camera."""
    return {gap.stream.camera: gap.cause for gap in supervisor.index.open_gaps()}


def test_cameras_come_and_go_and_the_others_do_not_notice(rig: Rig) -> None:
    rig.configure("front", "back")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.open_segments()) == 2, "two are recorded")
            kept = next(row for row in supervisor.index.open_segments() if row.stream.camera == "front")
            rig.configure("front", "yard")
            await until(
                lambda: {row.stream.camera for row in supervisor.index.open_segments()} == {"front", "yard"},
                "one goes, one comes",
            )
            assert kept.path in {row.path for row in supervisor.index.open_segments()}
            assert [live.status.stream.camera for live in supervisor.picture.streams()] == ["front", "yard"]
            await until(lambda: causes(supervisor) == {"back": GapCause.SWITCHED_OFF}, "it is said why")
            rig.configure("front", "yard", "back")
            await until(lambda: len(supervisor.index.open_segments()) == 3, "the one that went is back")
            back = StreamId(CameraId("back"), StreamKind.MAIN)
            assert [gap.cause for gap in supervisor.index.gaps(back)] == [GapCause.SWITCHED_OFF]
            assert causes(supervisor) == {}
            assert len({note["pid"] for note in rig.told()}) == 1

    run(scenario)
    assert rig.findings() == ()


def test_a_camera_that_is_no_longer_recorded_is_switched_off_from_the_next_start_on(rig: Rig) -> None:
    rig.configure("front", "back")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.open_segments()) == 2, "both are recorded")
        rig.configure("back")
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.open_segments()) == 1, "one is recorded")
            await until(lambda: causes(supervisor) == {"front": GapCause.SWITCHED_OFF}, "the other one is off")
            front = StreamId(CameraId("front"), StreamKind.MAIN)
            assert [gap.cause for gap in supervisor.index.gaps(front)] == [
                GapCause.SHUTDOWN,
                GapCause.SWITCHED_OFF,
            ]

    run(scenario)
    assert rig.findings() == ()


def test_a_wrong_configuration_is_refused_as_a_whole(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            rig.configure("front", "back", extra="colour: red")
            await until(
                lambda: "configuration" in {each.name for each in supervisor.picture.components()}, "it is refused"
            )
            note = next(each for each in supervisor.picture.components() if each.name == "configuration")
            assert note.healthy
            assert "colour" in note.detail
            assert len(rig.told()) == 1
            rig.configure("front")
            supervisor.reload()
            await until(
                lambda: "configuration" not in {each.name for each in supervisor.picture.components()},
                "a right one is taken",
            )

    run(scenario)


def test_a_recorder_without_streams_ends(rig: Rig) -> None:
    rig.per_process = 1
    rig.configure("front", "back")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(lambda: len(supervisor.index.open_segments()) == 2, "both are recorded")
            rig.configure("back")
            await until(lambda: len(supervisor.index.open_segments()) == 1, "one is recorded")
            await until(
                lambda: {each.name for each in supervisor.picture.components()} == {"recorder-1"}, "one recorder"
            )
            states = [segment.state for segment in supervisor.index.segments()]
            assert sorted(states) == [SegmentState.CLOSED, SegmentState.OPEN]
            rig.configure("back", "yard")
            await until(lambda: len(supervisor.index.open_segments()) == 2, "a new one is recorded")

    run(scenario)


def test_nothing_is_lost_while_the_database_takes_nothing(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            with supervisor.index.writing():  # somebody else holds the database
                rig.configure("front", "back")
                await until(lambda: len(rig.told()) == 2, "recorders are told all the same")
            await until(lambda: len(supervisor.index.open_segments()) == 2, "it is entered afterwards")

    run(scenario)


def test_a_camera_that_comes_while_files_are_compared_with_the_index_is_left_alone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.configure("front")
    it_came = threading.Event()
    changes: list[Change] = []
    compared = threading.Event()

    def compare(index: Index, volumes: Sequence[Volume], **others: Any) -> list[Change]:
        assert it_came.wait(WAIT_S)
        changes.extend(reconcile(index, volumes, **others))
        compared.set()
        return changes

    monkeypatch.setattr(storage, "reconcile", compare)

    async def scenario() -> None:
        async with rig.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            rig.configure("front", "back")
            await until(lambda: len(list(rig.volume.glob("back/*/*"))) == 1, "the other one is recorded")
            it_came.set()
            await until(compared.is_set, "they are compared")
            assert [change for change in changes if change.action is Action.ADOPTED] == []
            await until(lambda: len(supervisor.index.open_segments()) == 2, "both are still written")

    run(scenario)
