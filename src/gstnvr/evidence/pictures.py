"""Pictures for the sheet, made by a process of its own, as decoders may crash on odd video."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from gstnvr.evidence.manifest import Video

DECODE = "decode"
"""Argument of the process that decodes."""
DECODER = (sys.executable, "-m", "gstnvr.evidence", DECODE)
WIDTH = 480
_MOST = 48
_MOST_OF_ONE = 8
_MANY_S = 60.0
"""A video has so many seconds for each picture, but for the first."""
_TIMEOUT_S = 120.0


class Wish(Struct, frozen=True):
    """A picture that is wanted."""

    file: str
    at_s: float


class Picture(Struct, frozen=True):
    """A picture that was made."""

    file: str
    at_s: float
    jpeg: bytes


class Wishes(Struct, frozen=True):
    """What the process is told."""

    folder: str
    wishes: tuple[Wish, ...]
    width: int = WIDTH
    """Of the pictures, in points."""


def wishes_for(videos: Sequence[Video]) -> tuple[Wish, ...]:
    """The first picture of each video, and of long ones more at even distances; not too many in all."""
    wishes = []
    for video in videos:
        count = min(_MOST_OF_ONE, 1 + int(video.seconds / _MANY_S))
        wishes += [Wish(video.file, video.seconds * number / count) for number in range(count)]
    step = -(-len(wishes) // _MOST) or 1
    return tuple(wishes[::step])


def take_pictures(
    folder: Path, videos: Sequence[Video], command: Sequence[str] = DECODER, timeout_s: float = _TIMEOUT_S
) -> list[Picture]:
    """As many of the pictures as can be had; none without a decoder."""
    wanted = msgspec.json.encode(Wishes(str(folder), wishes_for(videos)))
    try:
        done = subprocess.run(
            command,
            input=wanted,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
        output = done.stdout
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
    except OSError:
        return []
    return [picture for line in output.splitlines() if (picture := _picture(line)) is not None]


def _picture(line: bytes) -> Picture | None:
    """The last line of a process that crashed may be torn."""
    try:
        return msgspec.json.decode(line, type=Picture)
    except msgspec.DecodeError:
        return None
