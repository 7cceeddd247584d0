"""Where a segment lies on its volume, and what its path says."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.model.ids import CAMERA_ID_PATTERN, CameraId, StreamId, StreamKind

_STAMP = "%Y%m%dT%H%M%S"
_DAY = re.compile(r"[0-9]{8}")
_CAMERA = re.compile(CAMERA_ID_PATTERN)
_PATH = re.compile(
    rf"(?P<camera>{CAMERA_ID_PATTERN})/(?P<day>[0-9]{{8}})/(?P=camera)_(?P<kind>main|sub)"
    r"_(?P<second>(?P=day)T[0-9]{6})(?P<ms>[0-9]{3})Z(?:-(?P<serial>[2-9]|[1-9][0-9]{1,3}))?\.(?P<container>mp4|mkv)"
)


@dataclass(frozen=True, slots=True)
class SegmentName:
    """What the path of a segment says."""

    stream: StreamId
    start: UtcNs
    """Whole milliseconds."""
    container: Container
    serial: int = 1
    """Above 1: the clock was set back and there was such a file already."""


def segment_path(name: SegmentName) -> str:
    """Path relative to the volume: ``front_door/20261121/front_door_main_20261121T100224125Z.mp4``.

    A second file with the same start gets ``-2`` after the ``Z``, the next ``-3``.
    """
    moment = datetime.fromtimestamp(name.start // NS_PER_S, UTC)
    stamp = f"{moment:{_STAMP}}{name.start % NS_PER_S // NS_PER_MS:03d}Z"
    serial = f"-{name.serial}" if name.serial > 1 else ""
    camera = name.stream.camera
    return f"{camera}/{moment:%Y%m%d}/{camera}_{name.stream.kind}_{stamp}{serial}.{name.container}"


def parse_segment_path(path: str) -> SegmentName:
    """Read a path relative to the volume back.

    Raises:
        ValueError: not a path that ``segment_path`` makes.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise ValueError(f"not the path of a segment: {path!r}")
    moment = datetime.strptime(match["second"], _STAMP).replace(tzinfo=UTC)
    start = int(moment.timestamp()) * NS_PER_S + int(match["ms"]) * NS_PER_MS
    return SegmentName(
        StreamId(CameraId(match["camera"]), StreamKind(match["kind"])),
        UtcNs(start),
        Container(match["container"]),
        int(match["serial"] or 1),
    )


def is_camera_folder(name: str) -> bool:
    """Whether a folder at the root of a volume can be a camera's."""
    return _CAMERA.fullmatch(name) is not None


def is_day_folder(name: str) -> bool:
    """Whether a folder within a camera's can hold segments."""
    return _DAY.fullmatch(name) is not None


def check_relative(path: str) -> PurePosixPath:
    """A path that stays below the directory it is joined to.

    Raises:
        ValueError: it is absolute, empty or climbs up.
    """
    relative = PurePosixPath(path)
    if relative.is_absolute() or not relative.parts or ".." in relative.parts or "\0" in path:
        raise ValueError(f"not a path within a volume: {path!r}")
    return relative
