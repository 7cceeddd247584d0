"""The video that every simulated camera of a benchmark plays."""

import os
import subprocess
import tempfile
from pathlib import Path

from bench.errors import BenchError

BITRATE_BPS = 4_000_000
FRAMES_PER_S = 25
LENGTH_S = 20
GROUP_FRAMES = 50
BITRATE_TOLERANCE = 0.05

_RECIPE = 1
"""Raise it when the clip changes, so that a kept one is made again."""


def clip(*, audio: bool) -> Path:
    """1080p25 H.264 at a steady 4 Mbit/s, a key frame every 2 s; with G.711 A-law audio if asked for.

    Made once, kept below the temporary directory.

    Raises:
        BenchError: ffmpeg cannot make it.
    """
    folder = Path(tempfile.gettempdir()) / f"gstnvr-bench-clips-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"1080p25-{_RECIPE}{'-pcma' if audio else ''}.mkv"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished.mkv")
        _encode(unfinished, audio=audio)
        _check(unfinished)
        unfinished.replace(path)
    return path


def _encode(path: Path, *, audio: bool) -> None:
    picture = f"testsrc2=size=1920x1080:rate={FRAMES_PER_S}:duration={LENGTH_S},noise=alls=8:allf=t"
    kbps = BITRATE_BPS // 1000
    command = ["ffmpeg", "-nostdin", "-y", "-loglevel", "error", "-f", "lavfi", "-i", picture]
    if audio:
        command += [
            "-f",
            "lavfi",
            "-i",
            f"anoisesrc=amplitude=0.1:colour=pink:sample_rate=8000:duration={LENGTH_S}",
        ]
        command += ["-c:a", "pcm_alaw"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"]
    command += ["-g", f"{GROUP_FRAMES}", "-sc_threshold", "0", "-x264-params", "sliced-threads=0:threads=2"]
    command += ["-b:v", f"{kbps}k", "-maxrate", f"{kbps}k", "-bufsize", f"{kbps // 2}k", str(path)]
    try:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise BenchError("ffmpeg is not installed; scripts/setup --dev installs it") from None
    except subprocess.CalledProcessError as error:
        raise BenchError(f"ffmpeg could not make the clip (exit code {error.returncode})") from error


def _check(path: Path) -> None:
    audio_bytes = 8000 * LENGTH_S if "pcma" in path.name else 0
    bitrate = (path.stat().st_size - audio_bytes) * 8 / LENGTH_S
    if abs(bitrate / BITRATE_BPS - 1) > BITRATE_TOLERANCE:
        raise BenchError(
            f"ffmpeg made a clip of {bitrate / 1e6:.2f} Mbit/s where {BITRATE_BPS / 1e6:g} were asked for"
        )
