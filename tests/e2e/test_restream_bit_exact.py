"""What programs get over RTSP is what the camera sent, and the recording does not notice them."""

import asyncio
import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from gstnvr.access.local_token import read_local_token
from gstnvr.client.accounts import AccountsClient
from gstnvr.lab.audit import Audit, RecordedFile, audit
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.access import Role
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.rtsp.digest import Credentials
from tests.rig.ports import free_port
from tests.rig.rtsp_viewer import Viewer

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SOURCES = {
    "front": "pattern:360p25:h264:aac",
    "yard": "pattern:180p15:h265:pcma",
    "gate": "pattern:180p10:mjpeg",
}
SUB = {"gate/sub": "pattern:90p10:h264"}
WATCHED_S = 3
PROGRAM_WITHIN_S = 60.0
COMINGS = 12


@dataclass(frozen=True, slots=True)
class World:
    cameras: SimulatedCameras
    product: Product
    port: int
    token: str

    def url(self, camera: str, *, secret: bool = True) -> str:
        known = f"kim:{self.token}@" if secret else ""
        return f"rtsp://{known}127.0.0.1:{self.port}/{camera}/main"

    def viewer(self, camera: str) -> Viewer:
        made = Viewer(self.url(camera, secret=False), Credentials("kim", self.token))
        made.answer_timeout_s = PROGRAM_WITHIN_S
        return made

    def recorded(self, camera: str) -> list[RecordedFile]:
        """Segments that are closed."""
        with self.product.index() as index:
            rows = index.segments(StreamId(CameraId(camera), StreamKind.MAIN))
        closed = [row for row in rows if row.state is SegmentState.CLOSED]
        return [RecordedFile(self.product.volume / row.path, row.start) for row in closed]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, port = tmp_path_factory.mktemp("restream"), free_port()
    sections = {"recording": {"segment_s": 3}, "restream": {"enabled": True, "port": port}}
    with contextlib.ExitStack() as stack:
        cameras = stack.enter_context(SimulatedCameras(SOURCES | SUB))
        product = Product(folder, {name: cameras.url(name) for name in SOURCES}, sections)
        product.settings.cameras["gate"]["sub"] = {"url": cameras.url("gate/sub")}
        product.write_settings()
        stack.enter_context(product)
        product.wait_until_recording()
        with AccountsClient(product.address, 30, token=read_local_token(product.data_dir)) as client:
            client.add_user("kim", Role.ADMINISTRATOR, None, "correct horse battery")
            token = client.add_token("kim", "player", scope=Role.VIEWER, cameras=None, days=1).token
        world = World(cameras, product, port, token)
        product.wait_for("RTSP clients can connect", lambda: listens(port))
        yield world


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def call(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_WITHIN_S, check=False)
    assert done.returncode == 0, done.stderr


def watched_with_ffmpeg(world: World, folder: Path, camera: str, transport: str) -> Audit:
    path = folder / "watched.mkv"
    began = UtcNs(time.time_ns())
    reading = ["-rtsp_transport", transport, "-i", world.url(camera)]
    call(["ffmpeg", "-loglevel", "error", *reading, "-c", "copy", "-t", str(WATCHED_S), str(path)])
    return audit([RecordedFile(path, began)], world.cameras.control.sequence(camera))


@pytest.mark.parametrize("camera", SOURCES)
def test_ffmpeg_gets_every_picture_and_sound_as_it_was_sent(world: World, tmp_path: Path, camera: str) -> None:
    found = watched_with_ffmpeg(world, tmp_path, camera, "tcp")
    assert found.flawless
    assert found.video.units >= 10 * WATCHED_S - 1
    assert (found.audio.units > 0) == (camera != "gate")


def test_ffmpeg_gets_the_same_over_udp(world: World, tmp_path: Path) -> None:
    """But for what a machine with much other work may lose."""
    found = watched_with_ffmpeg(world, tmp_path, "front", "udp")
    assert found.video.units >= 10 * WATCHED_S
    assert found.video.altered + found.video.missing < found.video.units / 5


def test_a_sub_stream_is_connected_when_it_is_asked_for(world: World) -> None:
    assert world.cameras.control.status().cameras["gate/sub"].clients == ()
    url = world.url("gate", secret=False).replace("/main", "/sub")
    with Viewer(url, Credentials("kim", world.token)) as watching:
        watching.answer_timeout_s = PROGRAM_WITHIN_S
        watching.play()
        assert len(watching.packets(PROGRAM_WITHIN_S, 0, 10)) >= 10


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_gstreamer_watches(world: World, transport: str) -> None:
    login = ["user-id=kim", f"user-pw={world.token}"]
    source = ["rtspsrc", f"location={world.url('front', secret=False)}", f"protocols={transport}", *login]
    end = ["identity", "eos-after=30", "!", "fakesink"]
    call(["gst-launch-1.0", "-q", *source, "!", "rtph264depay", "!", "h264parse", "!", *end])


def test_the_recording_does_not_notice_programs_that_come_and_go(world: World) -> None:
    def come_and_go(number: int) -> None:
        """Some read for a moment, some read nothing, some vanish."""
        with world.viewer(random.choice(list(SOURCES))) as watching:
            watching.play()
            if number % 3:
                # A camera whose sound comes late has another format then.
                with contextlib.suppress(ConnectionError):
                    watching.packets(random.random() * 2, None)
            else:
                time.sleep(1)
            if number % 2:
                watching.reset()

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(COMINGS):
                tasks.create_task(asyncio.to_thread(come_and_go, number))
                await asyncio.sleep(0.2)

    asyncio.run(all_of_them())
    (recorder,) = world.product.recorders()
    world.product.wait_for("nothing is left of them", lambda: live_connections(recorder) == 0)
    before = {camera: len(world.recorded(camera)) for camera in SOURCES}
    world.product.wait_for(
        "what was recorded meanwhile is closed",
        lambda: all(len(world.recorded(camera)) >= count + 2 for camera, count in before.items()),
    )
    for camera in SOURCES:
        found = audit(world.recorded(camera), world.cameras.control.sequence(camera))
        assert found.flawless, camera
        assert found.video.units > 30


def live_connections(recorder: psutil.Process) -> int:
    """Of viewers to the tap of a recorder; the one that listens does not count."""
    ends = [one for one in recorder.net_connections("unix") if str(one.laddr).endswith(".live")]
    return len(ends) - 1


def test_programs_connect_again_after_their_camera_or_recorder_was_away(world: World) -> None:
    with world.viewer("front") as watching:
        watching.play()
        world.product.kill_recorder()
        assert watching.ended(PROGRAM_WITHIN_S)
    again = watching_again(world, "front")
    with again:
        world.cameras.control.do("refuse")
        world.cameras.control.do("disconnect", camera="front")
        assert again.ended(PROGRAM_WITHIN_S)
        with world.viewer("front") as asking:
            told = asking.request("DESCRIBE")
            assert (told.status, told.reason) == (503, "Camera front is not connected")
        world.cameras.control.clear()
    watching_again(world, "front").close()


def watching_again(world: World, camera: str) -> Viewer:
    """One who tries until there are pictures."""
    deadline = time.monotonic() + PROGRAM_WITHIN_S
    while True:
        watching = world.viewer(camera)
        told = watching.request("DESCRIBE")
        assert told.status in (200, 503), told.reason
        if told.status == 200:
            # A camera whose sound comes late has another format then.
            with contextlib.suppress(ConnectionError, AssertionError):
                watching.play()
                if len(watching.packets(PROGRAM_WITHIN_S, 0, 10)) >= 10:
                    return watching
        watching.close()
        assert time.monotonic() < deadline, told.reason
        time.sleep(0.2)
