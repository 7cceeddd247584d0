"""Videos of a minute whose pictures bear their number as upright bars, so that programs know their age."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.web.day import BITS

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
    folder = Path(tempfile.gettempdir()) / f"gstnvr-bench-clips-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"clock-{_RECIPE}-{size.height}p{FRAMES_PER_S}.mp4"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished.mp4")
        _run("ffmpeg", "-nostdin", "-y", "-loglevel", "error", *_pictures(size), *_encoding(size), str(unfinished))
        unfinished.replace(path)
    return path


def _pictures(size: Size) -> list[str]:
    timing = f"r={FRAMES_PER_S}:d={LENGTH_S}"
    bars = f"if(bitand(floor(N/pow(2,floor(X*{BITS}/{size.width}))),1),235,16)"
    strip = f"nullsrc=s={size.width}x{size.height // BAR_SHARE}:{timing},format=yuv420p"
    scene = f"testsrc2=s={size.width}x{size.height}:{timing},noise=alls=8:allf=t[scene]"
    clock = f"{strip},geq=lum='{bars}':cb=128:cr=128[clock]"
    return ["-filter_complex", f"{scene};{clock};[scene][clock]overlay=shortest=1,format=yuv420p"]


def _encoding(size: Size) -> list[str]:
    encoder = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", f"{FRAMES_PER_S}"]
    encoder += ["-sc_threshold", "0", "-x264-params", "sliced-threads=0"]
    return [*encoder, "-b:v", f"{size.kbps}k", "-maxrate", f"{size.kbps}k", "-bufsize", f"{size.kbps // 2}k"]


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise BenchError(f"{command[0]} is not installed; scripts/setup --dev installs it") from None
    except subprocess.CalledProcessError as error:
        raise BenchError(f"{command[0]} failed (exit code {error.returncode})") from error
