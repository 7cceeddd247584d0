"""Schedules and orders are followed by the clock on the wall, over restarts, and without a database or a file."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gstnvr.api.common.ports import OrderNotKeptError, UnknownCameraError
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.recording import ManualOrder, RecordMode
from gstnvr.supervisor.places import MANUAL_ORDERS
from gstnvr.supervisor.recording.manual_orders import ManualOrders
from gstnvr.supervisor.supervisor import Supervisor
from tests.supervisor.rig import Rig, until
from tests.supervisor.test_supervisor_clock import SetClock

BERLIN = ZoneInfo("Europe/Berlin")
FRONT = CameraId("front")
STREAM = StreamId(FRONT, StreamKind.MAIN)
WEEK = ", ".join(f'{day}: ["08:00-18:00"]' for day in ("mon", "tue", "wed", "thu", "fri"))
OFFICE = f"schedules: {{office: {{zone: Europe/Berlin, hours: {{{WEEK}}}}}}}"


def at(text: str) -> UtcNs:
    return UtcNs(int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * NS_PER_S)


class Scene:
    """A supervisor with one camera, and a clock that is set at will."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.clock = rig.clock = SetClock()

    def set(self, text: str) -> None:
        self.clock.set_by_s = (at(text) - SystemClock().utc_ns()) / NS_PER_S

    def configure(self, mode: str) -> None:
        self.rig.configure("front", extra=OFFICE)
        text = self.rig.config.read_text()
        self.rig.config.write_text(text.replace("record: true", f"record: {mode}, schedule: office"))

    def play(self, story: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run(asyncio.wait_for(story(), 90))

    def told(self) -> bool | None:
        """Whether the recorder was told last to record."""
        notes = self.rig.told()
        return notes[-1]["record"]["front/main"] if notes else None

    async def until_told(self, record: bool) -> None:
        await until(lambda: self.told() is record, f"the recorder is told: record {record}")

    @asynccontextmanager
    async def running(self, *, leave: bool = False) -> AsyncIterator[Supervisor]:
        async with self.rig.running(leave=leave) as supervisor:
            yield supervisor


@pytest.fixture
def scene(rig: Rig) -> Scene:
    return Scene(rig)


def test_recording_begins_and_ends_with_the_schedule(scene: Scene) -> None:
    scene.set("2026-11-20T07:50:00")
    scene.configure("schedule")

    async def story() -> None:
        async with scene.running() as supervisor:
            await scene.until_told(record=False)
            assert supervisor.index.open_segments() == []
            scene.set("2026-11-20T07:59:58")
            await scene.until_told(record=True)
            assert scene.clock.utc_ns() >= at("2026-11-20T08:00:00")
            assert scene.rig.told()[-1]["since"]["front/main"] == at("2026-11-20T08:00:00")
            await until(supervisor.index.open_segments, "it is recorded")
            pid = scene.rig.pid()
            scene.set("2026-11-20T17:50:00")
            await asyncio.sleep(1)
            assert scene.told() is True
            scene.set("2026-11-20T17:59:58")
            await scene.until_told(record=False)
            assert scene.clock.utc_ns() >= at("2026-11-20T18:00:00")
            await until(lambda: not supervisor.index.open_segments(), "it is not recorded any more")
            await until(
                lambda: [gap.cause for gap in supervisor.index.open_gaps()] == [GapCause.SCHEDULE],
                "it is said why",
            )
            assert scene.rig.pid() == pid

    scene.play(story)


@pytest.mark.parametrize(
    ("before", "after"),
    [("2026-11-20T07:00:00", "2026-11-20T12:00:00"), ("2026-11-20T19:00:00", "2026-11-20T12:00:00")],
)
def test_a_clock_that_is_set_is_followed_at_once(scene: Scene, before: str, after: str) -> None:
    scene.set(before)
    scene.configure("schedule")

    async def story() -> None:
        async with scene.running():
            await scene.until_told(record=False)
            scene.set(after)
            began = asyncio.get_running_loop().time()
            await scene.until_told(record=True)
            assert asyncio.get_running_loop().time() - began < 5  # 0.2 s on a machine with nothing else to do
            scene.set(before)
            await scene.until_told(record=False)

    scene.play(story)


def test_a_start_in_the_middle_is_right_at_once(scene: Scene) -> None:
    scene.configure("schedule")

    async def story() -> None:
        scene.set("2026-11-20T12:00:00")
        async with scene.running() as supervisor:
            await until(supervisor.index.open_segments, "within the hours it is recorded")
        assert {note["record"]["front/main"] for note in scene.rig.told()} == {True}
        scene.set("2026-11-21T12:00:00")
        async with scene.running() as supervisor:
            await scene.until_told(record=False)
            assert supervisor.index.open_segments() == []

    scene.play(story)


def test_who_was_away_when_it_changed_catches_up(scene: Scene) -> None:
    scene.configure("schedule")

    async def story() -> None:
        scene.set("2026-11-20T17:00:00")
        async with scene.running(leave=True) as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
        pid = scene.rig.pid()
        scene.set("2026-11-20T19:00:00")
        async with scene.running(leave=True):
            await scene.until_told(record=False)
        scene.set("2026-11-23T09:00:00")
        async with scene.running() as supervisor:
            await scene.until_told(record=True)
            assert scene.rig.told()[-1]["since"]["front/main"] == at("2026-11-23T08:00:00")
            assert scene.rig.pid() == pid
            await until(supervisor.index.open_segments, "it is recorded again")

    scene.play(story)


def test_a_stop_in_a_pause_is_told_from_a_crash(scene: Scene) -> None:
    scene.configure("schedule")

    async def story() -> None:
        scene.set("2026-11-20T17:00:00")
        async with scene.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            scene.set("2026-11-20T18:30:00")
            await until(
                lambda: [gap.cause for gap in supervisor.index.open_gaps()] == [GapCause.SCHEDULE], "it pauses"
            )
        with scene.rig.index() as index:
            assert [outage.cause for outage in index.open_outages()] == [GapCause.SHUTDOWN]

    scene.play(story)


# --- orders -------------------------------------------------------------------------------------------


def test_an_order_holds_until_the_schedule_changes(scene: Scene) -> None:
    scene.configure("schedule")

    async def story() -> None:
        scene.set("2026-11-20T20:00:00")
        async with scene.running() as supervisor:
            await scene.until_told(record=False)
            intent = await supervisor.modes.order(FRONT, record=True, until=None, by="eve")
            assert (intent.record, intent.until) == (True, at("2026-11-23T08:00:00"))
            await until(supervisor.index.open_segments, "it is recorded")
            scene.set("2026-11-23T08:00:01")
            await asyncio.sleep(1)
            assert scene.told() is True
            assert supervisor.modes.intents[FRONT].order is None
            scene.set("2026-11-23T18:00:01")
            await scene.until_told(record=False)

    scene.play(story)


def test_an_order_ends_when_it_was_said(scene: Scene) -> None:
    scene.configure("continuous")

    async def story() -> None:
        scene.set("2026-11-20T20:00:00")
        async with scene.running() as supervisor:
            await until(supervisor.index.open_segments, "it is recorded")
            await supervisor.modes.order(FRONT, record=False, until=at("2026-11-20T21:00:00"), by="eve")
            await scene.until_told(record=False)
            await until(
                lambda: [gap.cause for gap in supervisor.index.open_gaps()] == [GapCause.SWITCHED_OFF],
                "somebody switched it off",
            )
            scene.set("2026-11-20T21:00:00")
            await scene.until_told(record=True)
            assert scene.rig.told()[-1]["since"]["front/main"] == at("2026-11-20T21:00:00")

    scene.play(story)


def test_on_demand_it_is_recorded_from_start_to_stop_also_over_restarts(scene: Scene) -> None:
    scene.configure("manual")

    async def story() -> None:
        async with scene.running() as supervisor:
            await scene.until_told(record=False)
            await supervisor.modes.order(FRONT, record=True, until=None, by="eve")
            await scene.until_told(record=True)
        async with scene.running() as supervisor:
            order = supervisor.modes.intents[FRONT].order
            assert order is not None
            assert (order.by, order.until) == ("eve", None)
            await until(supervisor.index.open_segments, "it is recorded still")
            await supervisor.modes.order(FRONT, record=None, until=None, by="eve")
            await scene.until_told(record=False)
        async with scene.running():
            await scene.until_told(record=False)

    scene.play(story)


def test_another_mode_ends_an_order(scene: Scene) -> None:
    scene.configure("continuous")

    async def story() -> None:
        async with scene.running() as supervisor:
            await supervisor.modes.order(FRONT, record=False, until=None, by="eve")
            await scene.until_told(record=False)
            scene.configure("manual")
            await until(lambda: supervisor.modes.intents[FRONT].mode is RecordMode.MANUAL, "it is read again")
            assert supervisor.modes.intents[FRONT].order is None
            scene.configure("true")
            await scene.until_told(record=True)
        async with scene.running() as supervisor:
            assert supervisor.modes.intents[FRONT].order is None

    scene.play(story)


def test_nobody_orders_for_a_camera_that_is_not_there(scene: Scene) -> None:
    scene.configure("manual")

    async def story() -> None:
        async with scene.running() as supervisor:
            with pytest.raises(UnknownCameraError, match="gate"):
                await supervisor.modes.order(CameraId("gate"), record=True, until=None, by="eve")

    scene.play(story)


# --- the file of orders -------------------------------------------------------------------------------

ORDER = ManualOrder(
    FRONT, True, at("2026-11-20T10:00:00"), at("2026-11-20T12:00:00"), 'eve "x" é', RecordMode.CONTINUOUS
)


def test_orders_are_read_as_they_were_written(tmp_path: Path) -> None:
    async def story() -> None:
        path = tmp_path / MANUAL_ORDERS
        await ManualOrders(path).put(FRONT, ORDER, ORDER.since)
        again = ManualOrders(path)
        await again.read()
        assert again.all == {FRONT: ORDER}
        await again.put(FRONT, None, ORDER.since)
        await again.read()
        assert again.all == {}

    asyncio.run(story())
    assert list(tmp_path.iterdir()) == [tmp_path / MANUAL_ORDERS]


def test_orders_of_long_ago_are_dropped_with_the_next_one(tmp_path: Path) -> None:
    async def story() -> None:
        orders = ManualOrders(tmp_path / MANUAL_ORDERS)
        await orders.put(FRONT, ORDER, ORDER.since)
        await orders.put(CameraId("gate"), None, at("2026-12-20T10:00:00"))
        assert orders.all == {}

    asyncio.run(story())


@pytest.mark.parametrize("content", [b"", b"{", b'{"orders": [{"camera": 3}]}', b"\xff\xfe", b"[]"])
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / MANUAL_ORDERS
    path.write_bytes(content)

    async def story() -> None:
        orders = ManualOrders(path)
        await orders.read()
        assert orders.all == {}
        await orders.put(FRONT, ORDER, ORDER.since)
        await orders.read()
        assert orders.all == {FRONT: ORDER}

    asyncio.run(story())
    assert path.with_suffix(".damaged").read_bytes() == content
    assert "is damaged" in caplog.text


def test_an_order_is_in_force_although_it_cannot_be_kept(tmp_path: Path) -> None:
    async def story() -> None:
        orders = ManualOrders(tmp_path / "missing" / MANUAL_ORDERS)
        with pytest.raises(OrderNotKeptError, match="cannot be written"):
            await orders.put(FRONT, ORDER, ORDER.since)
        assert orders.all == {FRONT: ORDER}

    asyncio.run(story())


def test_a_recorder_that_dies_in_a_pause_costs_nothing(scene: Scene) -> None:
    scene.set("2026-11-21T12:00:00")
    scene.configure("schedule")

    async def story() -> None:
        async with scene.running() as supervisor:
            await scene.until_told(record=False)
            before = scene.rig.pid()
            os.kill(before, signal.SIGKILL)
            await until(lambda: scene.rig.pid() != before, "another one takes its place")
            await scene.until_told(record=False)
            assert supervisor.index.outages(STREAM) == []

    scene.play(story)
