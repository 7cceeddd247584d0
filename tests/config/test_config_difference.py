"""What a change of the configuration takes, and that nothing else is named."""

from typing import Any

import pytest

from gstnvr.config.difference import Changes, changes
from gstnvr.config.settings import Settings
from gstnvr.model.ids import CameraId, StreamId, StreamKind

DOOR = StreamId(CameraId("door"), StreamKind.MAIN)
GARDEN = StreamId(CameraId("garden"), StreamKind.MAIN)


def settings(door: dict[str, Any] | None = None, garden: bool = True, **sections: Any) -> Settings:
    cameras = [{"id": "door", "main": {"url": "rtsp://192.0.2.1/1"}, **(door or {})}]
    if garden:
        cameras.append({"id": "garden", "main": {"url": "rtsp://192.0.2.2/1"}})
    return Settings.model_validate({"storage": {"volumes": [{"path": "/srv"}]}, "cameras": cameras, **sections})


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (settings(), Changes()),
        (settings(door={"name": "Door"}), Changes(cameras_at_once=(CameraId("door"),))),
        (settings(garden=False), Changes(cameras_removed=(CameraId("garden"),))),
        (settings(door={"enabled": False}), Changes(cameras_removed=(CameraId("door"),))),
        (settings(door={"main": {"url": "rtsp://192.0.2.9/1"}}), Changes(reconnect=(DOOR,))),
        (
            settings(door={"main": {"url": "rtsp://192.0.2.1/1", "username": "a", "password_env": "A"}}),
            Changes(reconnect=(DOOR,)),
        ),
        (settings(door={"audio": "off"}), Changes(reconnect=(DOOR,))),
        (settings(door={"sub": {"url": "rtsp://192.0.2.1/2"}}), Changes(cameras_at_once=(CameraId("door"),))),
        (settings(door={"session": {"latency_ms": 500}}), Changes(reconnect=(DOOR,))),
        (settings(door={"session": {"tolerance": "lenient"}}), Changes(cameras_at_once=(CameraId("door"),))),
        (settings(door={"record": False}), Changes(cameras_at_once=(CameraId("door"),))),
        (settings(session={"latency_ms": 500}), Changes(reconnect=(DOOR, GARDEN), at_once=("session",))),
        (settings(recording={"container": "mkv"}), Changes(next_segment=(DOOR, GARDEN), at_once=("recording",))),
        (settings(recording={"segment_s": 30}), Changes(at_once=("recording",))),
        (settings(data_dir="/x", api={"port": 9000}), Changes(restart=("data_dir", "api"))),
        (settings(database={"url": "postgresql://nvr@db/video"}), Changes(restart=("database",))),
        (settings(database={"backup": {"keep": 3}}), Changes(at_once=("database",))),
        (settings(log={"level": "debug"}), Changes(at_once=("log",))),
    ],
)
def test_changes(new: Settings, expected: Changes) -> None:
    assert changes(settings(), new) == expected
    assert bool(changes(settings(), new)) is (expected != Changes())


def test_another_sub_stream_is_connected_anew_and_the_main_stream_is_not() -> None:
    before, after = (settings(door={"sub": {"url": f"rtsp://192.0.2.1/{path}"}}) for path in "23")
    assert changes(before, after) == Changes(reconnect=(StreamId(CameraId("door"), StreamKind.SUB),))


def test_adding_is_the_reverse_of_removing() -> None:
    assert changes(settings(garden=False), settings()) == Changes(cameras_added=(CameraId("garden"),))
