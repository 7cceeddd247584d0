"""Every fault that a simulated camera can be told to have is seen on the wire, and ends when it should."""

import contextlib
import itertools
import os
import signal
import time
from collections.abc import Iterator

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.simulator.control import ControlError
from tests.rig.rtsp_viewer import Viewer, h264_frames
from tests.rig.video_files import make_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCameras]:
    folder = tmp_path_factory.mktemp("videos")
    with_audio = make_video(folder / "cam1.mkv", height=180, audio="pcma")
    with SimulatedCameras({"cam1": str(with_audio), "cam2": str(make_video(folder / "cam2.mp4"))}) as cameras:
        yield cameras


@pytest.fixture
def cameras(running: SimulatedCameras) -> Iterator[SimulatedCameras]:
    yield running
    running.control.clear()


@contextlib.contextmanager
def playing(cameras: SimulatedCameras, mount: str = "cam1", tracks: int = 1) -> Iterator[Viewer]:
    with Viewer(cameras.url(mount)) as viewer:
        viewer.play(tracks)
        assert viewer.packets(2.0, limit=1)
        yield viewer


def test_refused_connections_come_back_at_the_same_port(cameras: SimulatedCameras) -> None:
    with playing(cameras) as before:
        cameras.control.do("refuse")
        with pytest.raises(ConnectionRefusedError):
            Viewer(cameras.url("cam1"))
        assert before.packets(0.5)
        cameras.control.clear(what="refuse")
        with playing(cameras):
            pass


def test_rejected_connections_are_closed_unanswered(cameras: SimulatedCameras) -> None:
    cameras.control.do("reject", camera="cam1")
    with Viewer(cameras.url("cam1")) as viewer, pytest.raises(ConnectionError):
        viewer.request("DESCRIBE")
    with playing(cameras, "cam2"):
        pass


@pytest.mark.parametrize(("fault", "status"), [("unauthorized", 401), ("not_found", 404)])
def test_a_status_instead_of_an_answer(cameras: SimulatedCameras, fault: str, status: int) -> None:
    cameras.control.do(fault, camera="cam1")
    with Viewer(cameras.url("cam1")) as viewer:
        assert viewer.request("DESCRIBE").status == status
    cameras.control.clear("cam1")
    with playing(cameras):
        pass


def test_a_path_that_no_camera_has(cameras: SimulatedCameras) -> None:
    with Viewer(cameras.url("cam1/main")) as viewer:
        assert viewer.request("DESCRIBE").status == 404


def test_a_refused_transport(cameras: SimulatedCameras) -> None:
    cameras.control.do("transport_refused", camera="cam1", value="udp")
    udp, tcp = ("RTP/AVP;unicast;client_port=40000-40001", "RTP/AVP/TCP;unicast;interleaved=0-1")
    with Viewer(cameras.url("cam1")) as viewer:
        track = f"{viewer.url}/track0"
        assert viewer.request("SETUP", track, ("Transport", udp)).status == 461
        assert viewer.request("SETUP", track, ("Transport", tcp)).status == 200


def test_silent_sends_nothing_and_answers(cameras: SimulatedCameras) -> None:
    with playing(cameras, tracks=2) as viewer:
        cameras.control.do("silent", camera="cam1")
        viewer.packets(0.1, channel=None)
        assert viewer.packets(0.5, channel=None) == []
        assert viewer.request("GET_PARAMETER").status == 200
        cameras.control.clear("cam1", "silent")
        frames = h264_frames(viewer.packets(1.5))
        assert frames[0].nal_units[0][0] & 0x1F == 7, "it goes on with a key frame"


def test_a_fault_ends_by_itself(cameras: SimulatedCameras) -> None:
    with playing(cameras) as viewer:
        began = time.monotonic()
        cameras.control.do("silent", camera="cam1", seconds=0.3)
        viewer.packets(0.1)
        (packet,) = viewer.packets(3.0, limit=1)[:1]
        assert packet.arrived - began > 0.3


def test_deaf_neither_sends_nor_answers(cameras: SimulatedCameras) -> None:
    with playing(cameras) as viewer:
        cameras.control.do("deaf", camera="cam1")
        viewer.answer_timeout_s = 0.5
        with pytest.raises(TimeoutError):
            viewer.request("GET_PARAMETER")


def test_freeze_stops_everything_and_what_was_asked_is_answered_later(cameras: SimulatedCameras) -> None:
    with playing(cameras) as viewer:
        cameras.control.do("freeze", camera="cam1", seconds=0.7)
        began = time.monotonic()
        assert viewer.request("GET_PARAMETER").status == 200
        assert time.monotonic() - began > 0.5


def test_a_frozen_camera_does_not_stop_the_others(cameras: SimulatedCameras) -> None:
    cameras.control.do("freeze", camera="cam1")
    with Viewer(cameras.url("cam1")), playing(cameras, "cam2"):
        pass


def test_video_silent_while_audio_goes_on(cameras: SimulatedCameras) -> None:
    with playing(cameras, tracks=2) as viewer:
        cameras.control.do("video_silent", camera="cam1")
        viewer.packets(0.1, channel=None)
        assert {packet.channel for packet in viewer.packets(0.5, channel=None)} == {2}


def test_audio_that_is_announced_and_never_comes(cameras: SimulatedCameras) -> None:
    cameras.control.do("no_audio", camera="cam1")
    with playing(cameras, tracks=2) as viewer:
        assert {packet.channel for packet in viewer.packets(0.5, channel=None)} == {0}


@pytest.mark.parametrize("how", ["fin", "rst", "bye"])
def test_disconnect(cameras: SimulatedCameras, how: str) -> None:
    with playing(cameras) as viewer, playing(cameras, "cam2") as other:
        cameras.control.do("disconnect", camera="cam1", value=how)
        assert viewer.ended(1.0)
        assert other.packets(0.5)


def test_a_share_of_packets_is_lost(cameras: SimulatedCameras) -> None:
    with playing(cameras, tracks=2) as viewer:
        cameras.control.do("loss", camera="cam1", value=0.5)
        packets = viewer.packets(2.0, channel=2)
    lost = sum((after.sequence - before.sequence) % 65536 - 1 for before, after in itertools.pairwise(packets))
    assert 0.25 < lost / (lost + len(packets)) < 0.75


def test_another_resolution_takes_over_in_a_running_session(cameras: SimulatedCameras) -> None:
    with playing(cameras) as viewer:
        before = h264_frames(viewer.packets(0.5))
        cameras.control.do("switch", camera="cam1", value="pattern:90p10")
        frames = before + h264_frames(viewer.packets(2.5))
    first_sets = [unit for unit in before[0].nal_units if unit[0] & 0x1F == 7]
    sets = [unit for frame in frames for unit in frame.nal_units if unit[0] & 0x1F == 7]
    assert first_sets != sets[-1:]
    packets = [packet for frame in frames for packet in frame.packets]
    assert len({packet.ssrc for packet in packets}) == 1
    steps = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in itertools.pairwise(frames)]
    assert all(0 < step < 2 * 90_000 for step in steps)


def test_timestamps_jump(cameras: SimulatedCameras) -> None:
    with playing(cameras) as viewer:
        viewer.packets(0.2)
        cameras.control.do("jump", camera="cam1", value=60)
        frames = h264_frames(viewer.packets(0.6))
        cameras.control.do("jump", camera="cam1", value=-60)
    steps = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in itertools.pairwise(frames)]
    assert max(steps) in (9000, 9000 + 60 * 90_000)
    assert frames


def test_slow_answers(cameras: SimulatedCameras) -> None:
    cameras.control.do("slow_answer", camera="cam1", value=0.5)
    with Viewer(cameras.url("cam1")) as viewer:
        began = time.monotonic()
        viewer.request("DESCRIBE")
        assert 0.5 <= time.monotonic() - began < 1.5


def test_orders_that_cannot_be_carried_out_are_refused_with_a_reason(cameras: SimulatedCameras) -> None:
    with pytest.raises(ControlError, match="no camera 'cam9'"):
        cameras.control.do("silent", camera="cam9")
    with pytest.raises(ControlError, match="unknown fault"):
        cameras.control.do("explode")
    with pytest.raises(ControlError, match=r"nothing\.mp4"):
        cameras.control.do("switch", camera="cam1", value="/nothing.mp4")
    assert cameras.control.status().cameras["cam1"].faults == {}


def test_a_schedule_is_carried_out() -> None:
    orders = ["--fault", "cam1@+0.2s not_found for 0.6s"]
    with SimulatedCameras({"cam1": "pattern:90p5"}, *orders) as cameras:
        statuses: list[int] = []
        deadline = time.monotonic() + 5
        while statuses[-2:] != [404, 200]:
            assert time.monotonic() < deadline
            with Viewer(cameras.url("cam1")) as viewer:
                status = viewer.request("DESCRIBE").status
            if statuses[-1:] != [status]:
                statuses.append(status)


def test_the_process_ends_in_order_and_comes_back_at_the_same_address() -> None:
    cameras = SimulatedCameras({"cam1": "pattern:90p5"})
    with cameras:
        with playing(cameras) as viewer:
            assert cameras.stop() == 0
            assert viewer.ended(2.0)
        cameras.restart()
        with playing(cameras) as viewer:
            os.kill(cameras.pid, signal.SIGSTOP)
            viewer.packets(0.3)
            assert viewer.packets(0.5) == []
            os.kill(cameras.pid, signal.SIGCONT)
            assert viewer.packets(3.0, limit=1)
        assert cameras.kill() == -signal.SIGKILL
        cameras.restart()


@pytest.mark.parametrize(
    ("source", "message"),
    [("/does/not/exist.mp4", "Cannot read /does/not/exist.mp4"), ("pattern:180p10:h263", "is not of the form")],
)
def test_a_simulator_that_cannot_start_says_why(source: str, message: str) -> None:
    with pytest.raises(RuntimeError, match=message), SimulatedCameras({"cam1": source}):
        pass


def test_a_port_in_use_is_told(cameras: SimulatedCameras) -> None:
    with (
        pytest.raises(RuntimeError, match="already in use"),
        SimulatedCameras({"cam1": "pattern:90p5"}, port=cameras.port),
    ):
        pass


def test_packets_go_on_with_another_ssrc_at_the_same_times(cameras: SimulatedCameras) -> None:
    with playing(cameras) as viewer:
        before = viewer.packets(0.3)
        cameras.control.do("ssrc", camera="cam1")
        after = viewer.packets(0.6)
    packets = [*before, *after]
    assert len({packet.ssrc for packet in packets}) == 2
    assert after[-1].ssrc != before[0].ssrc
    steps = [(b.timestamp - a.timestamp) % (1 << 32) for a, b in itertools.pairwise(packets)]
    assert max(steps) <= 9000
