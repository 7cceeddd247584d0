"""What simulated cameras send, seen by viewers on real sockets."""

import itertools
import shutil
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.clips import access_unit_digest
from gstnvr.media.units import VideoCodec
from gstnvr.rtsp.digest import Credentials
from tests.rig.rtsp_viewer import Frame, Viewer, h264_frames
from tests.rig.video_files import OUT_OF_ORDER, make_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]
MOUNTS = {
    "h264_aac": "pattern:180p10:h264:aac",
    "h264_pcma": "pattern:180p10:h264:pcma",
    "h265_pcmu": "pattern:180p10:h265:pcmu",
    "h265": "pattern:180p10:h265",
    "h265/sub": "pattern:90p5",
}


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCameras]:
    folder = tmp_path_factory.mktemp("videos")
    files = {
        "loop": str(make_video(folder / "loop.mp4", audio="aac")),
        "odd": str(OUT_OF_ORDER["h264_closed_gop"]),
    }
    with SimulatedCameras({**MOUNTS, **files}) as running:
        yield running


def seen_by_ffprobe(url: str, transport: str) -> list[str]:
    command = ["ffprobe", "-v", "error", "-rtsp_transport", transport, "-analyzeduration", "500000"]
    entries = ["-show_entries", "stream=codec_name", "-of", "csv=p=0"]
    done = subprocess.run([*command, *entries, url], check=True, capture_output=True, timeout=30, text=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("mount", "codecs"),
    [
        ("h264_aac", ["h264", "aac"]),
        ("h264_pcma", ["h264", "pcm_alaw"]),
        ("h265_pcmu", ["hevc", "pcm_mulaw"]),
        ("h265/sub", ["h264"]),
    ],
)
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_gstreamer_plays_every_codec_over_tcp_and_udp(
    cameras: SimulatedCameras, mount: str, codecs: list[str], protocol: str
) -> None:
    depayloader, parser = {"h264": ("rtph264depay", "h264parse"), "hevc": ("rtph265depay", "h265parse")}[codecs[0]]
    description = (
        f"rtspsrc location={cameras.url(mount)} protocols={protocol} latency=0 name=src "
        f"src. ! application/x-rtp,media=video ! {depayloader} ! {parser} ! fakesink num-buffers=5"
    )
    subprocess.run(["gst-launch-1.0", "-q", *description.split()], check=True, capture_output=True, timeout=20)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="no ffprobe")
def test_ffmpeg_sees_the_codecs(cameras: SimulatedCameras) -> None:
    assert seen_by_ffprobe(cameras.url("h264_aac"), "tcp") == ["h264", "aac"]
    assert seen_by_ffprobe(cameras.url("h265_pcmu"), "tcp") == ["hevc", "pcm_mulaw"]


def steps(values: list[int], bits: int) -> set[int]:
    return {(after - before) % (1 << bits) for before, after in itertools.pairwise(values)}


def test_sequence_and_timestamps_do_not_break_where_the_loop_does(cameras: SimulatedCameras) -> None:
    with Viewer(cameras.url("loop")) as viewer:
        answer = viewer.play(tracks=2)
        packets = viewer.packets(4.5, channel=None)
    video = [packet for packet in packets if packet.channel == 0]
    audio = [packet for packet in packets if packet.channel == 2]
    frames = h264_frames(video)
    assert f"seq={video[0].sequence};rtptime={video[0].timestamp}" in (answer.headers.get("RTP-Info") or "")
    assert steps([packet.sequence for packet in video], 16) == {1}
    assert steps([packet.sequence for packet in audio], 16) == {1}
    assert steps([frame.timestamp for frame in frames], 32) == {9000}
    assert len(frames) > 40
    truth = cameras.control.sequence("loop")
    got = [access_unit_digest(VideoCodec.H264, frame.nal_units) for frame in frames]
    begin = truth.video.index(got[0])
    assert truth.keys[begin]
    assert got == [truth.video[(begin + number) % len(truth.video)] for number in range(len(got))]
    audio_steps = [(after.timestamp - before.timestamp) % (1 << 32) for before, after in itertools.pairwise(audio)]
    assert sum(step != 1024 for step in audio_steps) <= 3
    assert all(0 < step < 2 * 1024 for step in audio_steps)


def test_pictures_out_of_order_are_sent_in_order_of_decoding(cameras: SimulatedCameras) -> None:
    with Viewer(cameras.url("odd")) as viewer:
        viewer.play()
        frames = h264_frames(viewer.packets(1.5))
    timestamps = [frame.timestamp for frame in frames]
    assert len(set(timestamps)) == len(timestamps)
    assert timestamps != sorted(timestamps)


def test_key_frames_of_a_pattern_come_when_the_clock_in_it_says(cameras: SimulatedCameras) -> None:
    with Viewer(cameras.url("h264_aac")) as one, Viewer(cameras.url("h264_aac")) as other:
        one.play()
        other.play()
        first, second = h264_frames(one.packets(1.6))[0], h264_frames(other.packets(0.1))[0]
    assert first.nal_units == second.nal_units
    truth = cameras.control.sequence("h264_aac")
    place = truth.video.index(access_unit_digest(VideoCodec.H264, first.nal_units))
    arrived_utc = time.time() - time.monotonic() + first.packets[-1].arrived
    phase = (arrived_utc - place * 0.1) % 1.0
    expected = 0.001 * zlib.crc32(b"h264_aac") % 1.0
    assert min(abs(phase - expected), 1 - abs(phase - expected)) < 0.25


def test_digest_is_asked_for_and_checked() -> None:
    arguments = ["--user", "viewer", "--password-env", "SIMULATOR_PASSWORD"]
    with SimulatedCameras(
        {"cam1": "pattern:90p5"}, *arguments, environment={"SIMULATOR_PASSWORD": "right"}
    ) as cameras:
        with Viewer(cameras.url("cam1"), Credentials("viewer", "right")) as viewer:
            viewer.play()
        for wrong in (None, Credentials("viewer", "wrong"), Credentials("other", "right")):
            with Viewer(cameras.url("cam1"), wrong) as viewer:
                assert viewer.request("DESCRIBE").status == 401
        arguments_seen = Path(f"/proc/{cameras.pid}/cmdline").read_bytes()
    assert b"right" not in arguments_seen


def test_a_session_without_keep_alive_expires_and_one_with_it_does_not() -> None:
    with (
        SimulatedCameras({"cam1": "pattern:90p5"}, "--session-timeout", "1") as cameras,
        Viewer(cameras.url("cam1")) as quiet,
        Viewer(cameras.url("cam1")) as lively,
    ):
        quiet.play()
        lively.play()
        for _ in range(5):
            lively.packets(0.4)
            assert lively.request("GET_PARAMETER").status == 200
        assert quiet.ended(0.5)


def test_sequence_of_a_mount_is_told_whole(cameras: SimulatedCameras) -> None:
    truth = cameras.control.sequence("h264_pcma")
    assert (len(truth.video), sum(truth.keys), len(truth.audio)) == (600, 60, 3000)
    assert truth.length_ns == 60_000_000_000


def test_status_counts_clients_and_frames(cameras: SimulatedCameras) -> None:
    before = cameras.control.status().cameras["loop"]
    with Viewer(cameras.url("loop")) as viewer:
        viewer.play()
        assert len(h264_frames(viewer.packets(2.0, limit=5))) >= 1
        after = cameras.control.status().cameras["loop"]
    assert len(after.clients) == 1
    assert after.frames_sent > before.frames_sent


def test_frames_are_units_of_one_timestamp(cameras: SimulatedCameras) -> None:
    with Viewer(cameras.url("h264_pcma")) as viewer:
        viewer.play()
        frames: list[Frame] = h264_frames(viewer.packets(2.0))
    assert all(len({packet.timestamp for packet in frame.packets}) == 1 for frame in frames)
    assert frames[0].nal_units[0][0] & 0x1F == 7
