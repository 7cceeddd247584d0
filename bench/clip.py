"""The video that every simulated camera of a benchmark plays."""

from pathlib import Path

from bench.errors import BenchError
from bench.kept_clips import encoding, ffmpeg, folder_of_clips

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
    path = folder_of_clips() / f"1080p25-{_RECIPE}{'-pcma' if audio else ''}.mkv"
    if not path.exists():
        unfinished = path.with_suffix(".unfinished.mkv")
        _encode(unfinished, audio=audio)
        _check(unfinished)
        unfinished.replace(path)
    return path


def _encode(path: Path, *, audio: bool) -> None:
    picture = f"testsrc2=size=1920x1080:rate={FRAMES_PER_S}:duration={LENGTH_S},noise=alls=8:allf=t"
    sources = ["-f", "lavfi", "-i", picture]
    if audio:
        noise = f"anoisesrc=amplitude=0.1:colour=pink:sample_rate=8000:duration={LENGTH_S}"
        sources += ["-f", "lavfi", "-i", noise, "-c:a", "pcm_alaw"]
    video = encoding(BITRATE_BPS // 1000, GROUP_FRAMES, "sliced-threads=0:threads=2")
    ffmpeg(*sources, "-pix_fmt", "yuv420p", *video, str(path))


def _check(path: Path) -> None:
    audio_bytes = 8000 * LENGTH_S if "pcma" in path.name else 0
    bitrate = (path.stat().st_size - audio_bytes) * 8 / LENGTH_S
    if abs(bitrate / BITRATE_BPS - 1) > BITRATE_TOLERANCE:
        raise BenchError(
            f"ffmpeg made a clip of {bitrate / 1e6:.2f} Mbit/s where {BITRATE_BPS / 1e6:g} were asked for"
        )
