"""Settings of a camera and of its connection, from the file to the wire: real cameras, sockets and pipelines."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psutil
import pytest

from gstnvr.config.sealing import Sealer, passwords_of
from gstnvr.config.settings import Settings
from gstnvr.ipc.messages import Configure
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import MediaMessage, PipelineError
from gstnvr.media.pipelines import SourceSpec
from gstnvr.media.units import VideoCodec
from gstnvr.model.choices import G711, Transport
from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import Fault
from gstnvr.model.status import SessionPhase, StreamStatus
from gstnvr.recorder.engine import Engine
from gstnvr.supervisor.recording.assignment import recorder_tasks, volume_spec, wanted_streams
from gstnvr.volume.identity import create_identity
from tests.rig.intents import intents_of
from tests.rig.waiting import until

if TYPE_CHECKING:
    from gstnvr.gst.source import RtspSource

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SECRET = "a password: with ä & spaces"
USER = {"username": "viewer", "password_env": "DOOR_PASSWORD"}


@pytest.fixture(scope="module")
def cameras() -> Iterator[SimulatedCameras]:
    asked = ["--user", "viewer", "--password-env", "SIMULATOR_PASSWORD"]
    with SimulatedCameras({"door": "pattern:180p10"}, *asked, environment={"SIMULATOR_PASSWORD": SECRET}) as some:
        yield some


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch, cameras: SimulatedCameras) -> Iterator[None]:
    monkeypatch.setenv("DOOR_PASSWORD", SECRET)
    yield
    cameras.control.clear()


def settings(root: Path, cameras: SimulatedCameras, camera: dict[str, Any]) -> Settings:
    main = {"url": cameras.url("door"), **camera.pop("main", USER)}
    return Settings.model_validate(
        {
            "storage": {"volumes": [{"path": str(root)}], "min_free_mb": 1},
            "cameras": [{"id": "door", "record": False, "main": main, **camera}],
        }
    )


async def connect(
    root: Path, wanted: Settings, look: Callable[[Engine], Awaitable[None]] | None = None
) -> StreamStatus:
    """What becomes of the first attempt of the one camera, after a look at the engine."""
    from gstnvr.gst.factory import GstMedia

    volume = volume_spec(wanted.storage, root, create_identity(root, SystemClock()).uuid)
    placed = {0: wanted_streams(wanted)}
    (task,) = recorder_tasks(wanted, placed, [volume], passwords_of(wanted), intents_of(wanted)).values()
    engine = Engine(GstMedia(), SystemClock())
    await engine.configure(Configure(list(task.streams), task.recording, task.recorder, [volume], "info"))
    try:
        await until(
            lambda: engine.status()[0].session is SessionPhase.STREAMING or engine.status()[0].fault,
            15,
            "the camera being connected",
        )
        if look is not None:
            await look(engine)
        return engine.status()[0]
    finally:
        await engine.shutdown()


def outcome(root: Path, wanted: Settings) -> StreamStatus:
    return asyncio.run(connect(root, wanted))


def test_another_password_of_the_environment_does_not_let_in(
    tmp_path: Path, cameras: SimulatedCameras, password: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_PASSWORD", "another")
    status = outcome(tmp_path, settings(tmp_path, cameras, {}))
    assert status.fault is not None
    assert status.fault.fault is Fault.AUTHENTICATION


def test_the_password_of_a_file_lets_in(tmp_path: Path, cameras: SimulatedCameras, password: None) -> None:
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o600)
    main = {"username": "viewer", "password_file": str(file)}
    assert outcome(tmp_path, settings(tmp_path, cameras, {"main": main})).session is SessionPhase.STREAMING


def test_a_sealed_password_lets_in(tmp_path: Path, cameras: SimulatedCameras, password: None) -> None:
    sealed = Sealer(tmp_path / "data" / "secrets.key").seal(SECRET)
    main = {"username": "viewer", "password_sealed": sealed}
    wanted = settings(tmp_path, cameras, {"main": main}).model_copy(update={"data_dir": tmp_path / "data"})
    assert outcome(tmp_path, wanted).session is SessionPhase.STREAMING


@pytest.mark.parametrize("main", [{}, {**USER, "username": "somebody"}])
def test_without_the_right_name_nobody_is_let_in(
    tmp_path: Path, cameras: SimulatedCameras, password: None, main: dict[str, str]
) -> None:
    status = outcome(tmp_path, settings(tmp_path, cameras, {"main": main}))
    assert status.fault is not None
    assert status.fault.fault is Fault.AUTHENTICATION


@pytest.mark.parametrize("transport", ["tcp", "udp", "multicast", "http"])
def test_video_travels_by_the_transport_of_the_setting(
    tmp_path: Path, cameras: SimulatedCameras, password: None, transport: str
) -> None:
    def sockets() -> int:
        return len(psutil.Process().net_connections("udp"))

    before, seen = sockets(), 0

    async def look(engine: Engine) -> None:
        nonlocal seen
        seen = sockets() - before

    main = {**USER, "transport": transport}
    status = asyncio.run(connect(tmp_path, settings(tmp_path, cameras, {"main": main}), look))
    assert status.session is SessionPhase.STREAMING
    assert (seen > 0) is (transport in ("udp", "multicast"))


def test_a_camera_that_does_not_answer_is_given_up_after_tcp_timeout() -> None:
    """The probe has a time limit of its own, so this is about what comes after it. GStreamer rounds up."""
    from gstnvr.gst.factory import GstMedia

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    async def watch() -> None:
        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        url = f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/door"
        heard: list[MediaMessage] = []
        source = GstMedia().source(
            SourceSpec(
                url=url,
                username=None,
                password=None,
                transport=Transport.TCP,
                latency_ms=200,
                tcp_timeout_ms=1500,
                keepalive_s=5.0,
                video=VideoCodec.H264,
                audio=None,
                g711=G711.OPUS,
            )
        )
        began = time.monotonic()
        source.start(heard.append)
        await until(lambda: heard, 10, "an error")
        assert time.monotonic() - began == pytest.approx(2.0, abs=0.6)
        assert isinstance(heard[0], PipelineError)
        assert await source.stop(5.0)
        server.close()

    asyncio.run(watch())


def test_latency_is_that_of_the_pipeline(tmp_path: Path, cameras: SimulatedCameras, password: None) -> None:
    """Over TCP nothing is ever waited for, so that the figure shows in what the pipeline says of itself alone."""
    from gstnvr.gst.runtime import Gst

    async def look(engine: Engine) -> None:
        (stream,) = engine._streams.values()
        query = Gst.Query.new_latency()
        source = cast("RtspSource", stream.runner.source)
        pad = source._video.get_static_pad("sink")
        assert pad is not None
        assert pad.peer_query(query)
        live, least, _ = query.parse_latency()
        assert live
        assert least == 1_500_000_000

    wanted = settings(tmp_path, cameras, {"session": {"latency_ms": 1500}})
    assert asyncio.run(connect(tmp_path, wanted, look)).session is SessionPhase.STREAMING
