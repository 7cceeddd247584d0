"""What is changed in the file while it runs reaches the recorder, and costs no connection needlessly."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gstnvr.config.difference import changes
from gstnvr.config.settings import Settings
from gstnvr.ipc.messages import StreamSpec
from gstnvr.supervisor.recording.assignment import RecorderTask, recorder_tasks, volume_spec, wanted_streams
from tests.rig.engine_rig import EngineRig, play
from tests.rig.intents import intents_of

Key = tuple[str | int, ...]
CAMERA: Key = ("cameras", 0)

OTHER_VALUES: dict[Key, Any] = {
    ("log", "level"): "error",
    ("recording", "segment_s"): 33,
    ("recording", "fragment_ms"): 333,
    ("recording", "sync_interval_s"): 3,
    ("recording", "ring_s"): 33,
    ("recording", "outage_buffer_s"): 33,
    ("recording", "container"): "mkv",
    ("recorder", "tick_ms"): 333,
    ("recorder", "max_concurrent_connects"): 3,
    ("session", "latency_ms"): 333,
    ("session", "tcp_timeout_ms"): 3333,
    ("session", "tolerance"): "lenient",
    ("session", "frame_timeout_s"): 3,
    ("session", "first_frame_timeout_s"): 33,
    ("session", "keepalive_timeout_s"): 3,
    ("session", "reconnect_delay_s"): 3,
    ("session", "reconnect_max_delay_s"): 333,
    ("session", "reconnect_jitter"): False,
    ("session", "quick_retry_s"): 33,
    ("session", "healthy_after_s"): 33,
    ("session", "max_reconnect_attempts"): 33,
    ("session", "unauthorized_delay_s"): 333,
    ("session", "probe_timeout_s"): 3.3,
    ("session", "stop_timeout_s"): 3,
    ("storage", "volumes", 0, "path"): "/srv/other",
    ("storage", "policy"): "round_robin",
    ("storage", "check_interval_s"): 3,
    ("storage", "retry_interval_s"): 3,
    ("storage", "min_free_mb"): 3,
    (*CAMERA, "id"): "yard",
    (*CAMERA, "enabled"): False,
    (*CAMERA, "record"): False,
    (*CAMERA, "priority"): "high",
    (*CAMERA, "audio"): "off",
    (*CAMERA, "g711"): "drop",
    (*CAMERA, "session"): {"tolerance": "unstable"},
    (*CAMERA, "main", "url"): "rtsp://192.0.2.1/other",
    (*CAMERA, "main", "username"): "somebody",
    (*CAMERA, "main", "password_env"): "OTHER",
    (*CAMERA, "main", "transport"): "udp",
}
CONNECT_ANEW = {
    ("session", "latency_ms"),
    ("session", "tcp_timeout_ms"),
    ("session", "keepalive_timeout_s"),
    *((*CAMERA, key) for key in ("audio", "g711")),
    *((*CAMERA, "main", key) for key in ("url", "username", "password_env", "transport")),
}
"""Only a new connection can take these."""


def settings(key: Key = (), value: object = None) -> Settings:
    """The smallest useful ones, with one other value."""
    main = {"url": "rtsp://192.0.2.1/door", "username": "viewer", "password_env": "DOOR"}
    file: Any = {"storage": {"volumes": [{"path": "/srv/video"}]}, "cameras": [{"id": "door", "main": main}]}
    place = file
    for part in key[:-1]:
        place = place.setdefault(part, {}) if isinstance(place, dict) else place[part]
    if key:
        place[key[-1]] = value
    return Settings.model_validate(file)


def task(wanted: Settings) -> RecorderTask | None:
    """What the supervisor tells the recorder."""
    placed = {0: streams} if (streams := wanted_streams(wanted)) else {}
    volumes = [volume_spec(wanted.storage, volume.path, "uuid") for volume in wanted.storage.volumes]
    tasks = recorder_tasks(wanted, placed, volumes, lambda stream: stream.password_env, intents_of(wanted))
    return tasks.get(0)


@pytest.mark.parametrize("key", OTHER_VALUES, ids=lambda key: ".".join(map(str, key)))
def test_the_recorder_is_told_of_a_change(key: Key) -> None:
    assert task(settings(key, OTHER_VALUES[key])) != task(settings())


@pytest.mark.parametrize("key", OTHER_VALUES, ids=lambda key: ".".join(map(str, key)))
def test_a_person_is_told_what_is_connected_anew(key: Key) -> None:
    said = changes(settings(), settings(key, OTHER_VALUES[key]))
    assert said
    assert bool(said.reconnect) is (key in CONNECT_ANEW)
    assert said.restart == ()


def test_only_what_needs_a_new_connection_costs_one(tmp_path: Path) -> None:
    def spec(wanted: Settings, url: str) -> StreamSpec:
        """As the supervisor makes it, but for the address."""
        told = task(wanted)
        assert told is not None
        (made,) = told.streams
        return replace(made, url=url if made.url.endswith("/door") else f"{url}?other")

    async def until_connected_anew(rig: EngineRig, before: int) -> None:
        await rig.until(lambda: len(rig.media.sources) > before, "a new connection")

    async def story(rig: EngineRig) -> None:
        rig.add()
        url = rig.specs["door"].url
        rig.media.cameras[f"{url}?other"] = rig.media.cameras[url]
        rig.specs["door"] = spec(settings(), url)
        await rig.configure()
        for key, value in OTHER_VALUES.items():
            if key[0] != "session" and key not in CONNECT_ANEW:
                continue
            await rig.until(rig.is_recording, f"the recording before {key}")
            before = len(rig.media.sources)
            rig.specs["door"] = spec(settings(key, value), url)
            await rig.configure()
            if key in CONNECT_ANEW:
                await until_connected_anew(rig, before)
            assert len(rig.media.sources) == before + (key in CONNECT_ANEW), key
            await rig.until(rig.is_recording, f"the recording after {key}")
            before = len(rig.media.sources)
            rig.specs["door"] = spec(settings(), url)
            await rig.configure()
            if key in CONNECT_ANEW:
                await until_connected_anew(rig, before)

    rig = play(tmp_path, story)
    assert rig.incidents() == []
