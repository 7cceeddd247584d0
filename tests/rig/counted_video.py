"""A video whose pictures bear their number for programs to read: upright bars, white is 1, lowest bit first."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

BITS = 10
BAR = 16
"""Pixels."""
WIDTH, HEIGHT = BITS * BAR, 90
FPS = 10


_ENCODERS = {
    "h264": ["-c:v", "libx264", "-sc_threshold", "0"],
    "h265": ["-c:v", "libx265", "-tag:v", "hvc1", "-x265-params", "log-level=none:scenecut=0:open-gop=0"],
    "mjpeg": ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"],
}


def make_counted_video(path: Path, seconds: int, codec: str = "h264") -> Path:
    """A key frame every second, at ``FPS`` pictures a second; of Motion JPEG each is one."""
    bars = f"if(bitand(floor(N/pow(2,floor(X/{BAR}))),1),235,16)"
    source = f"nullsrc=s={WIDTH}x{HEIGHT}:r={FPS},geq=lum='{bars}':cb=128:cr=128,format=yuv420p"
    encoder = _ENCODERS[codec]
    if codec != "mjpeg":
        encoder = [*encoder, "-preset", "ultrafast", "-g", str(FPS), "-bf", "0"]
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, "-t", str(seconds), *encoder, "-y", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


def number_of(brightness: Sequence[float]) -> int:
    """What is written in a picture, from the brightness in the middle of each bar, 0 to 255."""
    assert len(brightness) == BITS
    assert all(value < 80 or value > 175 for value in brightness), f"no such picture: {brightness}"
    return sum(1 << bit for bit, value in enumerate(brightness) if value > 128)


def first_number(file: Path) -> int:
    """Number of the first picture of a recorded file, as ffmpeg decodes it."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        str(file),
        "-frames:v",
        "1",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-",
    ]
    picture = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    row = picture[WIDTH * (HEIGHT // 2) :]
    return number_of([row[BAR * bit + BAR // 2] for bit in range(BITS)])
