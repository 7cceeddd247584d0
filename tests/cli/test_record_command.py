"""``gstnvr record``, and what ``gstnvr status`` says of modes and orders, against a real server."""

import getpass
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gstnvr.api.common.ports import LiveStream, UnknownCameraError
from gstnvr.cli.intents import intent_text, order_text
from gstnvr.cli.moments import parse_length
from gstnvr.client.models import Intent, Order
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId
from gstnvr.model.recording import ManualOrder, RecordingIntent, RecordMode
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import CONNECTED, WAITING, World, at
from tests.cli.running import Run, run

__all__ = ["run", "server", "shared_server", "world"]

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_recording_is_started_for_a_while_and_stopped(run: Run) -> None:
    ran = run("record", "start", "yard", "--for", "2h")
    assert (ran.code, ran.err) == (0, "")
    assert re.fullmatch(r"yard is recorded \(by hand until .*14:00\)", ran.lines[0])
    assert run("record", "stop", "yard").lines == ["yard is not recorded (by hand)"]
    assert run("record", "auto", "yard").lines == ["yard is recorded (continuous)"]


def test_an_end_may_be_a_time_of_the_clock(world: World, run: Run) -> None:
    world.clock.set_utc(UtcNs(time.time_ns()))
    soon = datetime.now(UTC) + timedelta(hours=3)
    ran = run("record", "start", "yard", "--until", f"{soon:%H:%M}")
    assert (ran.code, ran.err) == (0, "")
    assert f"{soon:%H:%M})" in ran.lines[0]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--for", "soon"), "give e.g. 2h"),
        (("--for", "0m"), "give e.g. 2h"),
        (("--until", "later"), "give e.g. 18:00"),
        (("--until", "2020-01-01T00:00"), "is over already"),
        (("--for", "1h", "--until", "18:00"), "either --for or --until"),
    ],
)
def test_wrong_ends_are_refused_with_what_would_be_right(
    run: Run, arguments: tuple[str, ...], complaint: str
) -> None:
    ran = run("record", "start", "yard", *arguments)
    assert ran.code == 2
    assert complaint in ran.err


def test_a_camera_that_is_not_there(world: World, run: Run) -> None:
    world.order_fails = UnknownCameraError("there is no camera 'gate' that is switched on")
    ran = run("record", "stop", "gate")
    assert (ran.code, ran.err) == (2, "gstnvr: there is no camera 'gate' that is switched on\n")


def test_status_shows_modes_and_orders_where_there_are_any(world: World, run: Run) -> None:
    paused = RecordingIntent(RecordMode.SCHEDULE, False, GapCause.SCHEDULE, until=at("18:00:00"))
    order = ManualOrder(CameraId("gate"), True, at("11:30:00"), None, "eve", RecordMode.MANUAL)
    by_hand = RecordingIntent(RecordMode.MANUAL, True, since=at("11:30:00"), order=order)
    gate = replace(WAITING, fault=None)
    world.streams = [LiveStream("Yard", CONNECTED, paused), LiveStream("Gate", gate, by_hand)]
    ran = run("status")
    yard, gate_line = (
        next(line for line in ran.lines if line.startswith(f" {name} ")) for name in ("Yard", "Gate")
    )
    assert "schedule until 18:00" in yard
    assert "by hand" in gate_line
    assert any(line.startswith(" gate: recording started by eve at 11:30, until it is") for line in ran.lines)
    world.streams = [LiveStream("Yard", CONNECTED)]
    assert not any("Mode" in line or "continuous" in line for line in run("status").lines)


def intent(until: str | None, *, by_hand: bool = False) -> Intent:
    end = None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)
    order = Order(NOW - timedelta(days=1), "eve") if by_hand else None
    return Intent(RecordMode.SCHEDULE, True, None, end, order)


@pytest.mark.parametrize(
    ("until", "text"),
    [
        (None, "schedule"),
        ("2026-11-21T18:00", "schedule until 18:00"),
        ("2026-11-23T08:00", "schedule until Mon 08:00"),
        ("2026-11-28T08:00", "schedule until 2026-11-28 08:00"),
    ],
)
def test_the_end_is_told_as_people_say_it(until: str | None, text: str) -> None:
    assert intent_text(intent(until), NOW) == text


def test_who_gave_an_order_is_told() -> None:
    assert order_text(intent(None), NOW) is None
    text = order_text(intent("2026-11-21T18:00", by_hand=True), NOW)
    assert text == "started by eve at Fri 12:00, until 18:00"


@pytest.mark.parametrize(
    ("text", "hours"), [("2h", 2), ("90m", 1.5), ("1h30m", 1.5), ("1d 2h", 26), ("36000s", 10)]
)
def test_lengths_as_people_write_them(text: str, hours: float) -> None:
    assert parse_length(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "2", "h", "2h30", "-1h", "2h 2h", "0s"])
def test_what_is_no_length(text: str) -> None:
    with pytest.raises(ValueError, match=r"length|over"):
        parse_length(text)


def test_the_user_of_the_system_gives_the_order(world: World, run: Run) -> None:
    run("record", "start", "yard")
    assert world.orders[-1].by == f"local:{getpass.getuser()}"
