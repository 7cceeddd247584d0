"""The grammar of ``NAME=SOURCE``."""

import re
from dataclasses import dataclass
from pathlib import Path

from gstnvr.media.clips import LOOP_S, PatternSpec
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.model.ids import CAMERA_ID_PATTERN

GRAMMAR = (
    "NAME[/sub|/http]=FILE or NAME[/sub|/http]=minute:FILE or "
    "NAME[/sub|/http]=pattern[:HEIGHTpFPS[:h264|h265|mjpeg[:aac|pcma|pcmu|none]]][:gopSECONDS][:RATEk]"
)

_MOUNT = re.compile(rf"({CAMERA_ID_PATTERN})(/sub|/http)?")
_SIZE = re.compile(r"([0-9]{2,4})p([0-9]{1,3})")
_GOP = re.compile(r"gop([0-9]{1,2})")
_RATE = re.compile(r"([0-9]{2,6})k")
_VIDEO = {"h264": VideoCodec.H264, "h265": VideoCodec.H265, "mjpeg": VideoCodec.MJPEG}
_AUDIO = {"aac": AudioCodec.AAC, "pcma": AudioCodec.PCMA, "pcmu": AudioCodec.PCMU, "none": None}


class SourceError(ValueError):
    """Not a source; the message is one line and says what would be one."""


@dataclass(frozen=True, slots=True)
class MinuteFile:
    """A file of a minute, played in phase with the minutes of UTC: its pictures may show the second."""

    path: Path


Source = Path | MinuteFile | PatternSpec


@dataclass(frozen=True, slots=True)
class CameraSource:
    """One mount and what it plays."""

    mount: str
    """``cam1``, ``cam1/sub`` or ``cam1/http``: the path of its address."""
    source: Source


def parse_camera(text: str) -> CameraSource:
    """Read ``NAME=SOURCE``.

    Raises:
        SourceError: not in the grammar.
    """
    mount, separator, source = text.partition("=")
    if not separator or not source:
        raise SourceError(f"{text!r} is not of the form {GRAMMAR}")
    if not _MOUNT.fullmatch(mount):
        raise SourceError(f"camera name {mount!r} may hold only a-z, 0-9, _ and -, and /sub or /http at its end")
    return CameraSource(mount, parse_source(mount, source))


def parse_source(mount: str, text: str) -> Source:
    """Read SOURCE.

    Raises:
        SourceError: a pattern that cannot be made.
    """
    kind, *parts = text.split(":")
    if kind == "minute" and parts:
        return MinuteFile(Path(text.partition(":")[2]))
    if kind != "pattern":
        return Path(text)
    gop_s = _take_number(parts, _GOP)
    kbps = _take_number(parts, _RATE)
    size, codec, audio = (*parts, *("1080p25", "h264", "none")[len(parts) :])[:3]
    match = _SIZE.fullmatch(size)
    if len(parts) > 3 or match is None or codec not in _VIDEO or audio not in _AUDIO:
        raise SourceError(f"{text!r} is not of the form {GRAMMAR.rpartition(' or ')[2].partition('=')[2]}")
    height, fps = int(match[1]), int(match[2])
    if not (48 <= height <= 4320 and height % 2 == 0 and 1 <= fps <= 120):
        raise SourceError(f"{text!r}: the height must be even and 48 to 4320, the rate 1 to 120")
    if gop_s is not None and (gop_s == 0 or LOOP_S % gop_s):
        raise SourceError(f"{text!r}: seconds between key frames must divide {LOOP_S}")
    return PatternSpec(mount, height, fps, _VIDEO[codec], _AUDIO[audio], gop_s or 1, kbps)


def _take_number(parts: list[str], form: re.Pattern[str]) -> int | None:
    """The number in the one part that has this form, which is taken out."""
    for part in parts:
        match = form.fullmatch(part)
        if match is not None:
            parts.remove(part)
            return int(match[1])
    return None
