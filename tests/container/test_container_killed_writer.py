"""Files whose writer was killed while it wrote."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from gstnvr.container.facts import TrackKind, cut_points
from gstnvr.container.scan import iter_samples, scan_file

pytestmark = pytest.mark.gst

PATIENCE_S = 30.0
PICTURE = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=64,height=48,framerate=50/1"
H264 = f"{PICTURE} ! x264enc key-int-max=30 tune=zerolatency bitrate=100 ! h264parse"
MOTION_JPEG = f"{PICTURE} ! jpegenc ! jpegparse"
CLUSTERS = "matroskamux min-cluster-duration=200000000 max-cluster-duration=200000000"


@pytest.mark.parametrize(
    ("source", "muxer"),
    [(H264, "mp4mux fragment-duration=200"), (H264, "matroskamux"), (MOTION_JPEG, CLUSTERS)],
)
def test_a_killed_writer_leaves_a_file_that_is_good_but_for_its_end(
    source: str, muxer: str, tmp_path: Path
) -> None:
    path = tmp_path / "segment"
    with path.open("wb") as file:
        pipeline = f"{source} ! {muxer} ! fdsink fd={file.fileno()}"
        writer = subprocess.Popen(["gst-launch-1.0", "-q", *pipeline.split()], pass_fds=[file.fileno()])
    try:
        deadline = time.monotonic() + PATIENCE_S
        while scan_file(path).video_units < 80 and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    found = scan_file(path)
    assert found.video_units >= 80
    assert not found.finished
    assert sum(bool(point.next_key) for point in cut_points(found)) >= 3
    os.truncate(path, found.complete_bytes)
    cut = scan_file(path)
    assert cut.whole
    assert cut.video_units == found.video_units
    with path.open("rb") as opened:
        assert sum(1 for _ in iter_samples(opened.fileno(), TrackKind.VIDEO)) == found.video_units
    subprocess.run(
        ["gst-launch-1.0", "-q", "filesrc", f"location={path}", "!", "decodebin", "!", "fakesink"],
        check=True,
        timeout=PATIENCE_S,
    )
