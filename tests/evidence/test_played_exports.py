"""Exports in the hands of players that are not ours: the first and the last picture are the right ones."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gstnvr.evidence.export import make_export
from gstnvr.evidence.manifest import Video
from gstnvr.evidence.order import SourceSegment
from gstnvr.evidence.pictures import take_pictures
from gstnvr.model.clock import UtcNs
from gstnvr.testing.clock import SimulatedClock
from tests.rig.evidence_orders import camera_order, make_order, utc

pytestmark = pytest.mark.gst

WIDTH, HEIGHT, FRAMES = 64, 48, 50
DARKEST, STEP = 20, 4
"""The n-th picture is all of one brightness, which is its number."""
FORMS = {
    "h264.mp4": "x264enc key-int-max=10 bframes=0 tune=zerolatency bitrate=500 ! h264parse ! mp4mux",
    "reordered.mp4": "x264enc key-int-max=10 bframes=3 b-adapt=false bitrate=500 ! h264parse ! mp4mux",
    "reordered.mkv": "x264enc key-int-max=10 bframes=3 b-adapt=false bitrate=500 ! h264parse ! matroskamux",
    "h265.mp4": "x265enc key-int-max=10 tune=zerolatency bitrate=500 ! h265parse ! mp4mux",
    "mjpeg.mkv": "jpegenc quality=95 ! jpegparse ! matroskamux",
}
Make = Callable[[str], Path]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Encodes each form once."""
    folder = tmp_path_factory.mktemp("numbered")
    raw = folder / "raw"
    chroma = b"\x80" * (WIDTH * HEIGHT // 2)
    frames = (bytes([DARKEST + STEP * number]) * (WIDTH * HEIGHT) + chroma for number in range(FRAMES))
    raw.write_bytes(b"".join(frames))

    def encode(form: str) -> Path:
        path = folder / form
        if not path.exists():
            muxer = " fragment-duration=400" if form.endswith("mp4") else ""
            pipeline = (
                f"filesrc location={raw} ! rawvideoparse width={WIDTH} height={HEIGHT} format=i420 framerate=25/1"
                f" ! {FORMS[form]}{muxer} ! filesink location={path}"
            )
            subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, timeout=120)
        return path

    return encode


def segments_of(path: Path, count: int) -> list[SourceSegment]:
    """Rows as if the camera had shown the same again and again."""
    found = []
    for number in range(count):
        start = utc(number * FRAMES * 40)
        end = UtcNs(start + FRAMES * 40_000_000)
        found.append(SourceSegment(number + 1, str(path), path.name, "v", start, end, growing=False))
    return found


def export(folder: Path, path: Path, start_ms: int, end_ms: int) -> list[Video]:
    order = make_order(folder, [camera_order(segments_of(path, 2))], start_ms, end_ms)
    made = make_export(order, SimulatedClock(utc_ns=utc(900_000)), lambda _: None)
    return list(made.cameras[0].videos)


def numbers(raw: bytes, picture_bytes: int = WIDTH * HEIGHT) -> list[int]:
    """By the brightness that each picture begins with."""
    pictures = [raw[at : at + WIDTH * HEIGHT] for at in range(0, len(raw) - picture_bytes + 1, picture_bytes)]
    return [round((sum(picture) / len(picture) - DARKEST) / STEP) for picture in pictures]


def by_gstreamer(video: Path) -> list[int]:
    """What its demuxer and decoder give to whoever shows pictures."""
    target = video.with_suffix(".raw")
    form = "video/x-raw,format=I420"
    pipeline = f"filesrc location={video} ! decodebin ! videoconvert ! {form} ! filesink location={target}"
    subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, timeout=60)
    found = numbers(target.read_bytes(), WIDTH * HEIGHT * 3 // 2)
    target.unlink()
    return found


def by_ffmpeg(video: Path) -> list[int]:
    command = ["ffmpeg", "-v", "error", "-i", str(video), "-fps_mode", "passthrough"]
    command += ["-vf", "extractplanes=y", "-f", "rawvideo", "-"]
    return numbers(subprocess.run(command, check=True, timeout=60, stdout=subprocess.PIPE).stdout)


RANGES = [(40, 80), (420, 1130), (1990, 2050)]


@pytest.mark.parametrize("form", FORMS)
def test_players_show_just_the_pictures_that_were_in_view(make: Make, tmp_path: Path, form: str) -> None:
    for number, (start, end) in enumerate(RANGES):
        folder = tmp_path / str(number)
        folder.mkdir()
        (video,) = export(folder, make(form), start, end)
        wanted = [shown % FRAMES for shown in range(start // 40, -(-end // 40))]
        path = folder / "made" / video.file
        assert video.seconds == pytest.approx(len(wanted) * 0.04)
        assert by_ffmpeg(path) == wanted, (start, end)
        assert by_gstreamer(path) == wanted, (start, end)


def test_pictures_for_the_sheet_show_what_is_in_view(make: Make, tmp_path: Path) -> None:
    (video,) = export(tmp_path, make("reordered.mp4"), 420, 1130)
    (picture,) = take_pictures(tmp_path / "made", [video])
    assert (picture.file, picture.at_s) == (video.file, 0.0)
    assert picture.jpeg.startswith(b"\xff\xd8")
    assert brightness(picture.jpeg, tmp_path) == [10]


def brightness(jpeg: bytes, folder: Path) -> Sequence[int]:
    path = folder / "picture.jpg"
    path.write_bytes(jpeg)
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(path),
        "-vf",
        f"scale={WIDTH}:{HEIGHT},format=yuvj420p,extractplanes=y",
    ]
    raw = subprocess.run([*command, "-f", "rawvideo", "-"], check=True, timeout=60, stdout=subprocess.PIPE).stdout
    return numbers(raw)


@pytest.mark.parametrize(
    "command", [("/nowhere/python",), ("false",), ("sh", "-c", "echo '{'; kill -9 $$"), ("sleep", "60")]
)
def test_without_a_decoder_there_are_no_pictures_and_no_error(tmp_path: Path, command: Sequence[str]) -> None:
    video = Video("a.mp4", "", "", 1.0, "", False, "h264", 1, 1, None, 25, ())
    assert take_pictures(tmp_path, [video], command, timeout_s=0.5) == []
