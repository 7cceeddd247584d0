"""What a broken segment file holds, and from where on the rest is to be written anew from the ring."""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from gstnvr.container.facts import CutPoint, FileScan, cut_points
from gstnvr.container.scan import scan
from gstnvr.media.units import Track
from gstnvr.recorder.ring import Ring
from gstnvr.volume.checks import check_identity
from gstnvr.volume.files import locate, remove_file, sync_directory

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fed:
    """What had been handed to the writer of a file."""

    path: str
    frames: int
    audio_units: int
    end: int
    """Number in the ring behind the last access unit that was handed on."""


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where to go on after a broken file."""

    cut: CutPoint | None
    """Where the file ends; None: it holds nothing, or is gone."""
    video: int
    """Number in the ring of the key frame to begin the next file with; may be behind everything."""
    audio: int
    lossless: bool
    """Nothing is missing between the two."""


def look(root: Path, uuid: str, path: str) -> FileScan | None:
    """Scan a broken file where it should be; None: it is gone.

    Raises:
        OSError: it cannot be read.
        VolumeError: the volume is not there.
    """
    check_identity(root, uuid)
    try:
        fd = os.open(locate(root, path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        return scan(fd)
    finally:
        os.close(fd)


def plan_resumption(ring: Ring, fed: Fed, found: FileScan | None) -> Resumption:
    """Find the latest place at which file and ring meet at a key frame.

    If there is none, the file keeps all that it holds, and the ring gives all that it has: the rest is lost.
    """
    points = cut_points(found) if found is not None else ()
    useful = [point for point in points if 0 < point.video_units <= fed.frames]
    for point in reversed(useful):
        meeting = _meeting(ring, fed, point)
        if meeting is not None:
            return meeting
    first = ring.back(fed.end, Track.VIDEO, fed.frames)
    if first is not None:
        return Resumption(None, first, first, lossless=True)
    last = useful[-1] if useful else None
    missing = fed.frames - (last.video_units if last is not None else 0)
    begin = ring.key_from(ring.back(fed.end, Track.VIDEO, missing) or ring.first)
    video = ring.end if begin is None else begin
    return Resumption(last, video, video, lossless=False)


def _meeting(ring: Ring, fed: Fed, point: CutPoint) -> Resumption | None:
    """Go on behind this point, if the ring still has what follows and that begins with a key frame."""
    behind = ring.back(fed.end, Track.VIDEO, fed.frames - point.video_units)
    if behind is None:
        return None
    video = ring.video_from(behind)
    if video is not None and not ring.unit(video).key:
        return None
    audio = ring.back(fed.end, Track.AUDIO, max(0, fed.audio_units - point.audio_units))
    number = ring.end if video is None else video
    return Resumption(point, number, number if audio is None else audio, lossless=audio is not None)


def cut_file(root: Path, path: str, cut: CutPoint | None) -> int:
    """Give the file its end, or delete it if it holds nothing; its size.

    Raises:
        OSError: the disk does not take it.
    """
    if cut is None:
        remove_file(root, path)
        return 0
    file = locate(root, path)
    fd = os.open(file, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        if os.fstat(fd).st_size > cut.offset:
            os.ftruncate(fd, cut.offset)
        os.fsync(fd)
    finally:
        os.close(fd)
    sync_directory(file.parent)
    return cut.offset
