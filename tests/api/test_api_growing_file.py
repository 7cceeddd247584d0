"""Files of segments that are being written: what is sent can be played, and goes on where it ended."""

import subprocess
from pathlib import Path

import pytest

from gstnvr.container.scan import scan_file
from gstnvr.model.records import Segment, SegmentState
from tests.api.rig import RunningServer, World, at

pytestmark = pytest.mark.gst

_VIDEO = "videotestsrc num-buffers=75 pattern=ball ! video/x-raw,width=64,height=48,framerate=25/1"
_ENCODED = f"{_VIDEO} ! x264enc key-int-max=25 tune=zerolatency bitrate=50 ! h264parse"
_MUXERS = {"mp4": "mp4mux fragment-duration=500", "mkv": "matroskamux"}


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A finished segment of three seconds in each container."""
    folder = tmp_path_factory.mktemp("growing")
    made = {}
    for suffix, muxer in _MUXERS.items():
        path = folder / f"whole.{suffix}"
        pipeline = f"{_ENCODED} ! {muxer} ! filesink location={path}"
        subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, timeout=60)
        made[suffix] = path.read_bytes()
    return made


def grow(world: World, content: bytes, suffix: str = "mp4") -> Segment:
    path = f"yard/20261121/growing.{suffix}"
    return world.add_segment(at("11:59:00"), at("11:59:30"), content, path=path, state=SegmentState.OPEN)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("share", [0.4, 0.7, 0.9])
def test_what_is_sent_is_whole(
    *, world: World, server: RunningServer, whole: dict[str, bytes], tmp_path: Path, suffix: str, share: float
) -> None:
    written = whole[suffix][: int(len(whole[suffix]) * share)]
    response = server.http.get(f"segments/{grow(world, written, suffix).id}/file")
    assert response.status_code == 200
    assert written.startswith(response.content)
    assert response.headers["cache-control"] == "no-store"
    received = tmp_path / f"received.{suffix}"
    received.write_bytes(response.content)
    found = scan_file(received)
    assert found.whole
    assert found.video_units >= 75 * share - 25


def test_ranges_go_on_where_the_answer_before_ended(
    world: World, server: RunningServer, whole: dict[str, bytes]
) -> None:
    segment = grow(world, b"")
    file = world.volume / segment.path
    received = b""
    for end in range(1000, len(whole["mp4"]) + 1000, 1000):
        file.write_bytes(whole["mp4"][:end])
        response = server.http.get(f"segments/{segment.id}/file", headers={"Range": f"bytes={len(received)}-"})
        if response.status_code == 206:
            total = response.headers["content-range"].partition("/")[2]
            received += response.content
            assert int(total) == len(received)
        else:
            assert response.status_code in (416, 503)
    assert received == whole["mp4"]


def test_a_download_holds_what_was_complete_when_it_began(
    world: World, server: RunningServer, whole: dict[str, bytes]
) -> None:
    written = whole["mp4"][: len(whole["mp4"]) // 2]
    segment = grow(world, written)
    with server.http.stream("GET", f"segments/{segment.id}/file") as response:
        with (world.volume / segment.path).open("ab") as file:
            file.write(whole["mp4"][len(written) :])
        received = b"".join(response.iter_bytes())
    assert len(received) == int(response.headers["content-length"])
    assert written.startswith(received)


def test_a_longer_file_has_another_etag(world: World, server: RunningServer, whole: dict[str, bytes]) -> None:
    segment = grow(world, whole["mp4"][: len(whole["mp4"]) // 2])
    before = server.http.head(f"segments/{segment.id}/file").headers["etag"]
    (world.volume / segment.path).write_bytes(whole["mp4"])
    after = server.http.get(f"segments/{segment.id}/file", headers={"Range": "bytes=10-", "If-Range": before})
    assert (after.status_code, after.content) == (200, whole["mp4"])


@pytest.mark.parametrize("written", [0, 20, 200])
def test_nothing_that_can_be_played_yet(
    world: World, server: RunningServer, whole: dict[str, bytes], written: int
) -> None:
    response = server.http.get(f"segments/{grow(world, whole['mp4'][:written]).id}/file")
    assert (response.status_code, response.json()["error"]["code"]) == (503, "segment_empty")
    assert response.headers["retry-after"] == "1"
