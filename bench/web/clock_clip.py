"""Videos of a minute whose pictures bear their number as upright bars, so that programs know their age."""

from dataclasses import dataclass
from pathlib import Path

from bench.kept_clips import encoding, ffmpeg, folder_of_clips
from bench.web.numbered_pictures import numbered_pictures

LENGTH_S = 60
FRAMES_PER_S = 25
BAR_SHARE = 8
"""The bars take this part of the height, at the top."""

_RECIPE = 1
"""Raise it when the pictures change, so that kept ones are made again."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a picture, and how many bits a second it may take."""

    width: int
    height: int
    kbps: int


SUB = Size(640, 360, 800)
MAIN = Size(1920, 1080, 4000)


def clock_clip(size: Size) -> Path:
    """H.264 with a key frame every second; made once and kept below the temporary directory.

    Raises:
        BenchError: ffmpeg cannot make it.
    """
    path = folder_of_clips() / f"clock-{_RECIPE}-{size.height}p{FRAMES_PER_S}.mp4"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished.mp4")
        bar_height = size.height // BAR_SHARE
        pictures = numbered_pictures((size.width, size.height), bar_height, FRAMES_PER_S, LENGTH_S)
        ffmpeg(*pictures, *encoding(size.kbps, FRAMES_PER_S, "sliced-threads=0"), str(unfinished))
        unfinished.replace(path)
    return path
