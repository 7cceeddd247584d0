"""Settings of retention, from the file to what goes and what stays."""

from pathlib import Path

import pytest

from gstnvr.config.load import load
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.settings import Settings
from gstnvr.model.amounts import Amount
from gstnvr.model.ids import CameraId
from gstnvr.model.records import Volume
from gstnvr.storage.holdings import DAY_NS, Space, general_promise, promises, room
from gstnvr.storage.retention import Promise, Room, plan
from tests.storage.retention_facts import GB, facts, holding, hours, went

TB = 1000 * GB


def settings(tmp_path: Path, storage: str = "", camera: str = "", min_free_mb: int = 1000) -> Settings:
    """From a file: keys of ``storage.retention``, and more of the camera ``yard``."""
    file = tmp_path / "gstnvr.yaml"
    file.write_text(
        f"storage: {{volumes: [{{path: /srv/video, max_size: 80 %}}], min_free_mb: {min_free_mb},"
        f" retention: {{{storage}}}}}\n"
        f"cameras: [{{id: yard, main: {{url: 'rtsp://h/1'}}{camera}}}, {{id: till, main: {{url: 'rtsp://h/2'}}}}]\n"
    )
    return load(file).settings


def room_of(given: Settings, total: int, free: int, path: str = "/srv/video") -> Room:
    return room(Space(Volume("v", path), total, free), given, making_room=False)


def gone(given: Settings, days: float = 40, free_gb: float = 500) -> dict[str, int]:
    """Hours that go of both cameras and of one that is not configured, where there are so many days of each."""
    cameras = ("yard", "till", "gone")
    asked = facts(
        [room_of(given, TB, round(free_gb * GB))], [holding(hours(name, days, GB // 10)) for name in cameras]
    )
    decided = plan(type(asked)(asked.now, asked.rooms, asked.holdings, promises(given), general_promise(given)))
    return {name: len(went(decided, name)) for name in cameras}


def test_days_of_all_and_of_one_camera(tmp_path: Path) -> None:
    assert gone(settings(tmp_path)) == {"yard": 240, "till": 240, "gone": 240}
    other = settings(tmp_path, "days: 35", ", retention: {days: 38.5}")
    assert gone(other) == {"yard": 36, "till": 120, "gone": 120}


def test_min_days_of_all_and_of_one_camera(tmp_path: Path) -> None:
    """Three days of three cameras, where the floor takes 37 hours."""

    def given(retention: str, camera: str = "") -> dict[str, int]:
        floor = "floor: 5 GB, resume: 5.001 GB"
        return gone(settings(tmp_path, f"{floor}{retention}", camera), days=3, free_gb=5 - 3.6)

    assert given("") == {"yard": 13, "till": 12, "gone": 12}
    assert given(", min_days: 2.9", ", retention: {min_days: 1}") == {"yard": 37, "till": 0, "gone": 0}
    assert given(", min_days: 1", ", retention: {min_days: 2.9}") == {"yard": 0, "till": 19, "gone": 18}


def test_a_camera_takes_no_more_than_its_max_size(tmp_path: Path) -> None:
    given = settings(tmp_path, camera=", retention: {max_size: 24 GB}")
    assert gone(given, days=20) == {"yard": 240, "till": 0, "gone": 0}


def test_recordings_take_no_more_than_the_max_size_of_their_volume(tmp_path: Path) -> None:
    given = settings(tmp_path)
    assert room_of(given, TB, TB).max_size == 800 * GB
    assert room_of(given, TB, TB, "/srv/other").max_size is None


def test_the_less_important_camera_gives_first(tmp_path: Path) -> None:
    floor = "floor: 5 GB, resume: 5.001 GB"
    high = gone(settings(tmp_path, floor, ", priority: high"), days=10, free_gb=-10)
    low = gone(settings(tmp_path, floor, ", priority: low"), days=10, free_gb=-10)
    assert high == {"yard": 0, "till": 76, "gone": 75}
    assert low == {"yard": 127, "till": 12, "gone": 12}


@pytest.mark.parametrize(
    ("total", "floor", "resume"),
    [(10 * TB, 5 * GB, 10 * GB), (TB, 5 * GB, 10 * GB), (60 * GB, 3 * GB, 6 * GB)],
)
def test_floor_and_resume_are_the_smaller_of_two_by_default(
    tmp_path: Path, total: int, floor: int, resume: int
) -> None:
    made = room_of(settings(tmp_path), total, total)
    assert (made.floor, made.resume) == (floor, resume)


def test_floor_and_resume_are_those_of_the_file(tmp_path: Path) -> None:
    made = room_of(settings(tmp_path, "floor: 20 GB, resume: 7.5 %"), TB, TB)
    assert (made.floor, made.resume) == (20 * GB, 75 * GB)


def test_room_is_made_before_recording_would_stop(tmp_path: Path) -> None:
    made = room_of(settings(tmp_path, min_free_mb=2000), 20 * GB, GB)
    assert (made.floor, made.resume) == (3000 << 20, 4000 << 20)


def test_promises_are_those_of_the_file(tmp_path: Path) -> None:
    given = settings(tmp_path, "days: 30, min_days: 7", ", retention: {days: 90, max_size: 2 TB}, priority: low")
    assert promises(given) == {
        "yard": Promise(90 * DAY_NS, 7 * DAY_NS, 2 * TB, 2.0),
        "till": Promise(30 * DAY_NS, 7 * DAY_NS),
    }
    assert general_promise(given) == promises(given)[CameraId("till")]


@pytest.mark.parametrize(
    ("storage", "camera", "message"),
    [
        (
            "floor: 5",
            "",
            "storage.retention.floor: must be an amount with its unit, such as 500 MB, 5 GB, 2 TB or 5 %",
        ),
        ("floor: 5 gigs", "", "must be an amount such as 500 MB, 5 GB, 2 TB or 5 %, not '5 gigs'"),
        ("floor: 120 %", "", "must be 100 % at most, not '120 %'"),
        ("floor: 5 GB or 6 GB", "", "must name bytes and per cent once at most, such as 5 GB or 5 %"),
        ("floor: 10 GB, resume: 10 GB", "", "storage.retention: floor (10 GB) is not below resume (10 GB)"),
        ("floor: 5 GB or 9 %, resume: 10 GB or 8 %", "", "floor (5 GB or 9 %) is not below resume (10 GB or 8 %)"),
        ("days: 0", "", "storage.retention.days: must be from 0.01 to 36500"),
        ("min_days: 31", "", "storage.retention: min_days (31) is above days (30)"),
        ("", ", retention: {min_days: 31}", "cameras[0].retention: keeps 31 days at least, but 30 days at most"),
        (
            "min_days: 7",
            ", retention: {days: 3}",
            "cameras[0].retention: keeps 7 days at least, but 3 days at most",
        ),
        ("", ", retention: {max_size: 5 %}", "cameras[0].retention: max_size must be in bytes, such as 500 GB"),
    ],
)
def test_what_makes_no_sense_is_refused_and_said(tmp_path: Path, storage: str, camera: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        settings(tmp_path, storage, camera)
    assert message in str(refused.value)


@pytest.mark.parametrize("text", ["5 GB", "500 MB", "1.5 TB", "5 %", "0.5 %", "5 GB or 5 %"])
def test_an_amount_is_written_as_it_was_read(text: str) -> None:
    assert str(Amount.parse(text)) == text


def test_an_amount_is_the_smaller_of_both() -> None:
    both = Amount.parse("5 GB or 5 %")
    assert (both.of(40 * GB), both.of(TB)) == (2 * GB, 5 * GB)
    assert Amount.parse("5%") == Amount.parse("5 %")
