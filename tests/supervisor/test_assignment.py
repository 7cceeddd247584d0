"""Who records what follows from the settings, and stays as it is as long as it can."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gstnvr.config.settings import Settings, StreamSettings
from gstnvr.ipc.messages import VolumeSpec
from gstnvr.model.choices import Priority
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.supervisor.recording.assignment import (
    place,
    recorder_tasks,
    shown_names,
    volume_spec,
    wanted_streams,
)
from tests.rig.intents import intents_of


def stream(name: str) -> StreamId:
    return StreamId(CameraId(name), StreamKind.MAIN)


def settings(**more: object) -> Settings:
    def camera(name: str, **keys: object) -> dict[str, object]:
        return {"id": name, "main": {"url": f"rtsp://192.0.2.1/{name}"}, **keys}

    cameras = [
        camera("a", main={"url": "rtsp://192.0.2.1/a", "http_stream_url": "http://192.0.2.1/a.mjpg"}),
        camera("b", enabled=False),
        camera("c", record=False, session={"latency_ms": 500}, priority="high"),
    ]
    return Settings.model_validate({"storage": {"volumes": [{"path": "/srv/video"}]}, "cameras": cameras, **more})


VOLUME = VolumeSpec("uuid", "/srv/video", 30, 0.5, 1)


def test_streams_of_cameras_that_are_on_are_connected() -> None:
    assert wanted_streams(settings()) == [stream("a"), stream("c")]


def test_a_task_says_everything_that_a_recorder_must_know() -> None:
    placed = {0: [stream("a"), stream("c")]}
    task = recorder_tasks(settings(), placed, [VOLUME], lambda _: "secret", intents_of(settings()))[0]
    first, second = task.streams
    assert (first.url, first.password, first.record) == ("rtsp://192.0.2.1/a", "secret", True)
    assert (first.http_url, second.http_url) == ("http://192.0.2.1/a.mjpg", None)
    assert (second.record, second.session.latency_ms) == (False, 500)
    assert (first.priority, second.priority) == (Priority.NORMAL, Priority.HIGH)
    assert first.session == settings().session
    assert task.volumes == (VOLUME,)
    assert "secret" not in repr(task)


def test_a_sub_stream_goes_with_its_main_stream_and_is_connected_on_demand() -> None:
    source = StreamSettings(url="rtsp://192.0.2.1/c/sub", username="viewer")
    given = settings(recorder={"sub_linger_s": 7})
    a, b, c = given.cameras
    given = given.model_copy(update={"cameras": [a, b, c.model_copy(update={"sub": source})]})
    placed = place(wanted_streams(given), {}, 1)
    tasks = recorder_tasks(given, placed, [VOLUME], lambda stream: stream.username, intents_of(given))
    assert [len(task.streams) for task in tasks.values()] == [1, 2]
    main, sub = tasks[1].streams
    assert (main.stream, main.linger_s) == (stream("c"), None)
    assert sub.stream == StreamId(CameraId("c"), StreamKind.SUB)
    assert (sub.url, sub.password, sub.record, sub.linger_s) == ("rtsp://192.0.2.1/c/sub", "viewer", False, 7)
    assert sub.session.latency_ms == 500
    assert sub.stream not in tasks[1].overlapping
    assert shown_names(given) == {stream("a"): "a", stream("c"): "c", sub.stream: "c"}


def test_sizes_are_in_bytes() -> None:
    spec = volume_spec(settings().storage, Path("/srv/video"), "uuid")
    assert (spec.path, spec.uuid, spec.min_free_bytes) == ("/srv/video", "uuid", 1_000_000_000)


def test_streams_fill_one_recorder_after_the_other() -> None:
    names = [stream(name) for name in "abcde"]
    assert place(names, {}, 2) == {0: names[:2], 1: names[2:4], 2: names[4:]}


def test_a_recorder_without_work_is_not_in_the_answer_and_one_that_leaves_gets_none() -> None:
    assert place([stream("b")], {0: [stream("a")], 1: [stream("b")]}, 1) == {1: [stream("b")]}
    assert place([stream("b"), stream("c")], {1: [stream("b")]}, 1, leaving=[0]) == {
        1: [stream("b")],
        2: [stream("c")],
    }


NAMES = st.lists(st.sampled_from([stream(f"cam{number}") for number in range(12)]), unique=True)


@given(before=NAMES, after=NAMES, old=st.integers(1, 4), new=st.integers(1, 4))
def test_streams_stay_where_they_are(before: list[StreamId], after: list[StreamId], old: int, new: int) -> None:
    first = place(before, {}, old)
    second = place(after, first, new)
    assert sorted(each for streams in second.values() for each in streams) == sorted(after)
    for number, streams in first.items():
        assert set(streams) & set(after) <= set(second.get(number, []))
    for number, streams in second.items():
        assert streams
        assert len(streams) <= max(new, len(first.get(number, [])))
