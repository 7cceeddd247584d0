"""Motion JPEG over HTTP: what a viewer gets, and what it does not when a fault says so."""

import contextlib
import http.client
import itertools
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.clips import access_unit_digest
from gstnvr.media.units import VideoCodec
from gstnvr.rtsp.digest import Credentials, answer
from gstnvr.simulator.control import CameraStatus, ControlError
from tests.rig.rtsp_viewer import Viewer
from tests.rig.video_files import make_video
from tests.rig.waiting import wait_until

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

FPS = 10
PATIENCE_S = 5.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCameras]:
    folder = tmp_path_factory.mktemp("videos")
    video, pictures = make_video(folder / "video.mp4"), make_video(folder / "pictures.mkv", video="mjpeg")
    sources = {"cam1": str(video), "cam1/http": str(pictures), "cam2": str(pictures), "cam3": str(video)}
    with SimulatedCameras(sources, http=True) as cameras:
        yield cameras


@pytest.fixture
def cameras(running: SimulatedCameras) -> Iterator[SimulatedCameras]:
    yield running
    running.control.clear()


class HttpViewer:
    """One GET; parts are read as they come."""

    def __init__(self, cameras: SimulatedCameras, mount: str, authorization: str | None = None) -> None:
        assert cameras.http_port is not None
        self._connection = http.client.HTTPConnection("127.0.0.1", cameras.http_port, timeout=PATIENCE_S)
        fields = {} if authorization is None else {"Authorization": authorization}
        self._connection.request("GET", f"/{mount}.mjpg?resolution=any", headers=fields)
        self.response = self._connection.getresponse()

    def __enter__(self) -> "HttpViewer":
        return self

    def __exit__(self, *_: object) -> None:
        self.response.close()
        self._connection.close()

    def pictures(self, count: int) -> list[bytes]:
        """The next pictures.

        Raises:
            EOFError: the answer has ended.
        """
        return [self._picture() for _ in range(count)]

    def _picture(self) -> bytes:
        head = []
        while line := self.response.readline().strip():
            head.append(line)
        if not head:
            raise EOFError
        assert head[0] == b"--gstnvr-picture"
        assert head[1] == b"Content-Type: image/jpeg"
        size = int(head[2].removeprefix(b"Content-Length: "))
        picture = self.response.read(size)
        assert self.response.readline() == b"\r\n"
        return picture


@contextlib.contextmanager
def watching(cameras: SimulatedCameras, mount: str = "cam1") -> Iterator[HttpViewer]:
    with HttpViewer(cameras, mount) as viewer:
        assert viewer.response.status == 200
        viewer.pictures(1)
        yield viewer


@pytest.mark.parametrize(("mount", "plays"), [("cam1", "cam1/http"), ("cam2", "cam2")])
def test_pictures_come_in_order_unchanged_and_in_time(cameras: SimulatedCameras, mount: str, plays: str) -> None:
    truth = cameras.control.sequence(plays)
    assert truth.video_codec is VideoCodec.MJPEG
    with watching(cameras, mount) as viewer:
        assert viewer.response.headers["Content-Type"].startswith("multipart/x-mixed-replace; boundary=")
        began = time.monotonic()
        got = viewer.pictures(2 * FPS)
        assert time.monotonic() - began == pytest.approx(2.0, abs=0.5)
    places = [truth.video.index(access_unit_digest(VideoCodec.MJPEG, [picture])) for picture in got]
    assert all((after - before) % len(truth.video) == 1 for before, after in itertools.pairwise(places))


def test_the_status_tells_who_watches_and_what_was_sent(cameras: SimulatedCameras) -> None:
    def status() -> CameraStatus:
        return cameras.control.status().cameras["cam1/http"]

    def wait_for_clients(count: int) -> None:
        wait_until(lambda: len(status().clients) == count, f"{count} who watch", PATIENCE_S)

    wait_for_clients(0)  # who watched in another test is noticed to have left when the next picture is sent
    before = status().frames_sent
    with watching(cameras) as viewer:
        viewer.pictures(3)
        wait_until(lambda: status().frames_sent >= before + 4, "four pictures are counted", PATIENCE_S)
        wait_for_clients(1)
    assert cameras.control.status().cameras["cam1"].clients == ()


@pytest.mark.parametrize("mount", ["cam3", "cam4", "cam1/http/x"])
def test_what_is_no_motion_jpeg_is_not_found(cameras: SimulatedCameras, mount: str) -> None:
    with HttpViewer(cameras, mount) as viewer:
        assert viewer.response.status == 404


@pytest.mark.parametrize(("fault", "status"), [("unauthorized", 401), ("not_found", 404)])
def test_a_status_instead_of_pictures_and_rtsp_does_not_notice(
    cameras: SimulatedCameras, fault: str, status: int
) -> None:
    cameras.control.do(fault, camera="cam1/http")
    with HttpViewer(cameras, "cam1") as viewer, Viewer(cameras.url("cam1")) as other:
        assert viewer.response.status == status
        assert other.request("DESCRIBE").status == 200
    cameras.control.clear("cam1/http")
    with watching(cameras):
        pass


def test_a_fault_of_the_camera_is_none_of_its_motion_jpeg(cameras: SimulatedCameras) -> None:
    cameras.control.do("not_found", camera="cam1")
    with watching(cameras), Viewer(cameras.url("cam1")) as other:
        assert other.request("DESCRIBE").status == 404


def test_redirections(cameras: SimulatedCameras) -> None:
    cameras.control.do("redirect", camera="cam1/http", value="http://127.0.0.1:1/x")
    with HttpViewer(cameras, "cam1") as viewer:
        assert (viewer.response.status, viewer.response.headers["Location"]) == (302, "http://127.0.0.1:1/x")


@pytest.mark.parametrize(
    ("whom", "rtsp", "http"), [("rtsp", False, True), ("http", True, False), ("all", False, False)]
)
def test_either_of_both_or_both_refuse(cameras: SimulatedCameras, whom: str, rtsp: bool, http: bool) -> None:
    def listens(port: int | None) -> bool:
        assert port is not None
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    cameras.control.do("refuse", value=whom)
    assert (listens(cameras.port), listens(cameras.http_port)) == (rtsp, http)
    cameras.control.clear(what="refuse")
    assert (listens(cameras.port), listens(cameras.http_port)) == (True, True)


def test_whoever_watches_goes_on_while_others_are_refused(cameras: SimulatedCameras) -> None:
    with watching(cameras) as viewer:
        cameras.control.do("refuse", value="http")
        viewer.pictures(2 * FPS)


def test_rejected_connections_are_closed_unanswered(cameras: SimulatedCameras) -> None:
    cameras.control.do("reject", camera="cam1/http")
    with pytest.raises(http.client.RemoteDisconnected):
        HttpViewer(cameras, "cam1")


@pytest.mark.parametrize("fault", ["silent", "deaf", "freeze"])
def test_pictures_stop_and_go_on(cameras: SimulatedCameras, fault: str) -> None:
    with watching(cameras) as viewer:
        began = time.monotonic()
        cameras.control.do(fault, camera="cam1/http", seconds=0.7)
        viewer.pictures(2)  # one may have been on its way
        assert time.monotonic() - began > 0.6


def test_a_deaf_camera_does_not_answer(cameras: SimulatedCameras) -> None:
    cameras.control.do("deaf", camera="cam1/http")
    assert cameras.http_port is not None
    with socket.create_connection(("127.0.0.1", cameras.http_port), timeout=0.5) as sock:
        sock.sendall(b"GET /cam1.mjpg HTTP/1.1\r\n\r\n")
        with pytest.raises(TimeoutError):
            sock.recv(1)


@pytest.mark.parametrize(("how", "error"), [("fin", EOFError), ("rst", ConnectionResetError)])
def test_viewers_are_disconnected(cameras: SimulatedCameras, how: str, error: type[Exception]) -> None:
    with watching(cameras) as viewer, watching(cameras, "cam2") as other:
        cameras.control.do("disconnect", camera="cam1/http", value=how)
        with pytest.raises(error):
            viewer.pictures(2 * FPS)
        other.pictures(3)


def test_nonsense_is_hung_up_on(cameras: SimulatedCameras) -> None:
    assert cameras.http_port is not None
    with socket.create_connection(("127.0.0.1", cameras.http_port), timeout=PATIENCE_S) as sock:
        sock.sendall(b"DESCRIBE rtsp://x RTSP/1.0\r\n\r\n")
        assert sock.recv(1) == b""


def test_a_refusal_is_for_a_protocol(cameras: SimulatedCameras) -> None:
    with pytest.raises(ControlError, match="refuse takes all, rtsp, http"):
        cameras.control.do("refuse", value="smtp")


def test_only_the_user_with_the_password_is_let_in(tmp_path: Path) -> None:
    sources = {"cam1": str(make_video(tmp_path / "v.mkv", video="mjpeg"))}
    user = Credentials("viewer", "secret ü")
    arguments = ["--user", user.username, "--password-env", "SIMULATOR_PASSWORD"]
    environment = {"SIMULATOR_PASSWORD": user.password}
    with SimulatedCameras(sources, *arguments, http=True, environment=environment) as cameras:
        with HttpViewer(cameras, "cam1") as viewer:
            assert viewer.response.status == 401
            challenge = viewer.response.headers.get_all("WWW-Authenticate") or []
        for credentials, status in ((user, 200), (Credentials("viewer", "wrong"), 401)):
            authorization = answer(credentials, challenge, "GET", "/cam1.mjpg?resolution=any")
            with HttpViewer(cameras, "cam1", authorization) as viewer:
                assert viewer.response.status == status
