"""Segment files as recorders leave them, whose pictures bear their number."""

import subprocess
from pathlib import Path

from tests.rig.counted_video import first_number, make_counted_video

_PARSERS = {"h264": "h264parse", "h265": "h265parse", "mjpeg": "jpegparse"}
_MUXERS = {".mp4": "mp4mux fragment-duration=1000", ".mkv": "matroskamux"}


def numbered_segment(path: Path, seconds: int = 4, codec: str = "h264") -> Path:
    """Ten pictures a second, with a key frame each second; the suffix decides on the container."""
    raw = make_counted_video(path.with_suffix(".raw.mkv"), seconds, codec)
    pipeline = f"filesrc location={raw} ! matroskademux ! {_PARSERS[codec]} ! {_MUXERS[path.suffix]}"
    command = ["gst-launch-1.0", "-q", *pipeline.split(), "!", "filesink", f"location={path}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    raw.unlink()
    return path


def number_in(jpeg: bytes, folder: Path) -> int:
    """Number in a picture that has the size of the video."""
    file = folder / "picture.jpg"
    file.write_bytes(jpeg)
    return first_number(file)
