"""When copies are made and how fast, how much is kept of what came back, and where passwords come from."""

import os
import threading
from datetime import time
from pathlib import Path

import pytest

from gstnvr.copies.cache import make_room
from gstnvr.copies.opening import open_place
from gstnvr.copies.pace import InterruptedByUsError, Pace, is_within
from gstnvr.copies.places import PlaceError
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import Reason
from gstnvr.testing.clock import SimulatedClock
from tests.copies.archive import Archive
from tests.copies.running import copying, is_done, want
from tests.rig.object_stores import SECRET, s3_store
from tests.rig.waiting import wait_until


class Waiting(threading.Event):
    """Lets the simulated clock go on instead of waiting."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.advance(timeout or 0)
        return self.is_set()


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("22:00-06:00", [time(22), time(23, 59), time(0), time(5, 59)], [time(6), time(12), time(21, 59)]),
        ("01:30-02:00", [time(1, 30), time(1, 59)], [time(1, 29), time(2), time(0)]),
    ],
)
def test_a_window_may_go_over_midnight(window: str, inside: list[time], outside: list[time]) -> None:
    assert [is_within(window, moment) for moment in inside] == [True] * len(inside)
    assert [is_within(window, moment) for moment in outside] == [False] * len(outside)
    assert is_within(None, time(12))


def test_nothing_is_sent_outside_of_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimulatedClock()
    monkeypatch.setattr("gstnvr.copies.pace.local_time", lambda now: time(now // NS_PER_S // 3600 % 24))
    hour = clock.utc_ns() // NS_PER_S // 3600 % 24
    pace = Pace(f"{hour:02d}:00-{(hour + 1) % 24:02d}:00", None, clock, threading.Event())
    assert pace.is_open()
    pace.before(1000)
    clock.advance(3600)
    assert not pace.is_open()
    with pytest.raises(InterruptedByUsError):
        pace.before(1000)


def test_the_mean_rate_is_that_of_the_setting() -> None:
    clock = SimulatedClock()
    pace = Pace(None, 8.0, clock, Waiting(clock))  # a megabyte a second
    for _ in range(10):
        pace.before(5_000_000)
    assert clock.monotonic() == pytest.approx(45)  # nothing has to be waited for behind the last one


def test_a_place_that_stops_is_left_at_once() -> None:
    clock = SimulatedClock()
    stopping = Waiting(clock)
    pace = Pace(None, None, clock, stopping)
    stopping.set()
    with pytest.raises(InterruptedByUsError):
        pace.before(1)


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    for number in range(4):
        file = tmp_path / "yard" / f"{number}.mp4"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes(100))
        os.utime(file, (1000 - number, 1000 - number))
    make_room(tmp_path, 250)
    assert sorted(path.name for path in tmp_path.rglob("*.mp4")) == ["0.mp4", "1.mp4"]


def test_a_password_of_the_environment_opens_the_place(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    segment = archive.add(1000)
    want(archive)
    monkeypatch.setenv("COPY_SECRET", SECRET)
    with s3_store() as store:
        settings = store.settings(store.port, tmp_path / "secret", password_file=None, password_env="COPY_SECRET")
        with copying(archive, settings):
            wait_until(lambda: is_done(archive, segment))
    monkeypatch.delenv("COPY_SECRET")
    with pytest.raises(PlaceError, match="COPY_SECRET") as refused:
        open_place(settings)
    assert refused.value.reason is Reason.UNAUTHORIZED
