"""What a broken segment file holds, and from where on the rest is to be written anew from the ring."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

from gstnvr.container.facts import CutPoint, FileScan, cut_points
from gstnvr.container.opus_header import mend_opus_header
from gstnvr.container.scan import scan
from gstnvr.media.units import Track
from gstnvr.recorder.ring import Ring
from gstnvr.volume.checks import check_identity
from gstnvr.volume.files import locate, remove_file, sync_directory


@dataclass(frozen=True, slots=True)
class Fed:
    """What had been handed to the writer of a file."""

    path: str
    frames: int
    audio_units: int
    first_audio: int
    """Number in the ring from which audio belongs to the file."""
    end: int
    """Number in the ring behind the last access unit that was handed on."""
    synced: int
    """So many bytes are on the disk for certain. More may be read, from memory, and never have reached it."""


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

    A place that is on the disk for certain is better than to write all of it anew, and that is better than a place
    that may be in memory alone. If there is none, the file keeps all that it holds, and the ring gives all that it
    has: the rest is lost.
    """
    points = cut_points(found) if found is not None else ()
    useful = [point for point in reversed(points) if 0 < point.video_units <= fed.frames]
    synced = [point for point in useful if point.offset <= fed.synced]
    meetings = [_meet(ring, fed, point) for point in synced]
    meetings.append(_begin_anew(ring, fed))
    meetings += [_meet(ring, fed, point) for point in useful if point not in synced]
    possible = [meeting for meeting in meetings if meeting is not None]
    lossless = [meeting for meeting in possible if meeting.lossless]
    return next(iter(lossless + possible), None) or _lose(ring, fed, useful[0] if useful else None)


def _meet(ring: Ring, fed: Fed, point: CutPoint) -> Resumption | None:
    """Go on behind a point, if the ring has the video that follows and that begins with a key frame.

    What follows belongs to this file: of what nobody has handed on yet, nobody knows how it begins.
    """
    video = ring.back(fed.end, Track.VIDEO, fed.frames - point.video_units)
    if video is None or video < ring.first or video >= fed.end or not ring.unit(video).key:
        return None
    audio = _audio_behind(ring, fed, point)
    return Resumption(point, video, ring.first if audio is None else audio, lossless=audio is not None)


def _audio_behind(ring: Ring, fed: Fed, point: CutPoint) -> int | None:
    """Number of the first audio that is not in the file up to a point; None: older than the ring.

    It may be greater than that of the video that follows: audio is drained after the video of the same time.
    """
    return ring.back(fed.end, Track.AUDIO, max(0, fed.audio_units - point.audio_units))


def _begin_anew(ring: Ring, fed: Fed) -> Resumption | None:
    """The ring has all the video that the file was given."""
    first = ring.back(fed.end, Track.VIDEO, fed.frames)
    if first is None or first < ring.first:
        return None
    complete = ring.back(fed.end, Track.AUDIO, fed.audio_units) is not None
    return Resumption(None, first, max(ring.first, fed.first_audio), lossless=complete)


def _lose(ring: Ring, fed: Fed, last: CutPoint | None) -> Resumption:
    behind = ring.back(fed.end, Track.VIDEO, fed.frames - (last.video_units if last is not None else 0))
    begin = ring.key_from(ring.first if behind is None else behind)
    video = ring.end if begin is None else begin
    audio = _audio_behind(ring, fed, last) if last is not None else None
    return Resumption(last, video, video if audio is None else max(video, audio), lossless=False)


def frames_before(ring: Ring, fed: Fed, resumption: Resumption) -> int:
    """Video access units that the file was given and that will not be written anew."""
    first = min(max(resumption.video, ring.first), fed.end)
    return fed.frames - sum(ring.unit(number).track is Track.VIDEO for number in range(first, fed.end))


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
        mend_opus_header(fd)
        os.fsync(fd)
    finally:
        os.close(fd)
    sync_directory(file.parent)
    return cut.offset


def replace_file(root: Path, path: str, cut: CutPoint | None) -> int:
    """Do as ``cut_file``, but to a copy that takes the file's place: a write that still hangs cannot reach it.

    Raises:
        OSError: the disk does not take it.
    """
    if cut is None:
        return cut_file(root, path, cut)
    file = locate(root, path)
    copy = file.with_name(f".{file.name}.copy")
    fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        copy_start(fd, copy, cut.offset)
    finally:
        os.close(fd)
    copy.rename(file)
    sync_directory(file.parent)
    return cut.offset


def copy_start(source: int, target: Path, size: int) -> None:
    """Copy the first ``size`` bytes of an open file to a new one, and sync it.

    Raises:
        OSError: one of the disks fails, or the file is shorter.
    """
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o640)
    try:
        done = 0
        while done < size:
            count = os.sendfile(fd, source, done, size - done)
            if count == 0:
                raise OSError(errno.EIO, "file is shorter than it was")
            done += count
        os.fsync(fd)
    finally:
        os.close(fd)
