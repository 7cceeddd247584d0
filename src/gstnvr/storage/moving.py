"""One segment moved from one volume to another, in an order that may be interrupted anywhere."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import FaultReport, Reason
from gstnvr.model.records import Segment, Volume
from gstnvr.storage.deletion import old_folders
from gstnvr.storage.idle_disk import disk_when_idle
from gstnvr.volume.checks import check_access, check_identity, read_room
from gstnvr.volume.errors import VolumeError, report_os_error, volume_report
from gstnvr.volume.files import locate, remove_empty_folder, remove_file, sync_directory
from gstnvr.volume.paths import parse_segment_path, segment_path
from gstnvr.volume.transfer import (
    Pace,
    UnreadableError,
    copy_hidden,
    hidden_path,
    read_back,
    rename_without_replacing,
    same_content,
)

_MOST_NAMES = 100


class Step(StrEnum):
    """What was done last of a move; each is on the disk before the next begins."""

    COPIED = "copied"
    """Under a hidden name, and synced."""
    VERIFIED = "verified"
    RENAMED = "renamed"
    """To its final name, and the folder synced."""
    ENTERED = "entered"
    """Its row says where it lies now."""
    UNLINKED = "unlinked"
    """The file before is gone, and its folder synced."""


class SourceError(Exception):
    """A segment cannot be moved because of its file, or of the volume that it lies on."""

    def __init__(self, report: FaultReport) -> None:
        super().__init__(report.message)
        self.report = report


class TargetError(Exception):
    """Nothing can be moved to a volume."""

    def __init__(self, report: FaultReport) -> None:
        super().__init__(report.message)
        self.report = report


class ChangedError(Exception):
    """The segment was deleted or moved meanwhile; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be moved, and where to."""

    segment: Segment
    """Its row, with its key."""
    source: Volume
    target: Volume
    keep_free: int
    """Bytes that stay free on the target."""


def move_segment(index: Index, order: Order, pace: Pace, now: UtcNs) -> None:
    """Move a closed segment; blocks, for ever if a disk hangs, but never within a transaction.

    Whatever is interrupted leaves one row and at least one whole file; ``reconcile`` removes what is left over.

    Raises:
        SourceError: the file, or its volume, does not let itself be moved.
        TargetError: the target is not there, is full, or does not hold what was written to it.
        ChangedError: it was deleted or moved meanwhile.
        sqlalchemy.exc.SQLAlchemyError: the database does not take it.
    """
    for _ in steps(index, order, pace, now):
        pass


def steps(index: Index, order: Order, pace: Pace, now: UtcNs) -> Iterator[Step]:
    """The same, step by step."""
    move = _Move(index, order, pace)
    with disk_when_idle():
        move.check()
        move.choose_path()
        if not move.is_there:
            digest = move.copy()
            yield Step.COPIED
            move.verify(digest)
            yield Step.VERIFIED
            move.rename()
        yield Step.RENAMED
    move.enter()
    yield Step.ENTERED
    with disk_when_idle():
        move.make_sure()
        move.unlink(now)
    yield Step.UNLINKED


class _Move:
    def __init__(self, index: Index, order: Order, pace: Pace) -> None:
        self._index = index
        self._order = order
        self._pace = pace
        self._from, self._to = Path(order.source.path), Path(order.target.path)
        self._path = order.segment.path
        """On the target."""
        self.is_there = False
        """A file with the same content lies there already: an earlier attempt got so far."""

    @property
    def _file(self) -> Path:
        return locate(self._from, self._order.segment.path)

    def check(self) -> None:
        """Both volumes are themselves, the one can be deleted from, the other has room."""
        order = self._order
        try:
            check_identity(self._from, order.source.uuid)
            check_access(self._from)
            size = self._file.stat().st_size
        except VolumeError as error:
            raise SourceError(error.report) from error
        except OSError as error:
            raise SourceError(report_os_error(error, f"cannot read {self._file}")) from error
        if size != order.segment.size:
            message = f"{self._file} has {size} bytes, its row says {order.segment.size}"
            raise SourceError(volume_report(Reason.IO_ERROR, message))
        try:
            check_identity(self._to, order.target.uuid)
            free = read_room(self._to).free_bytes
        except VolumeError as error:
            raise TargetError(error.report) from error
        if free - size < order.keep_free:
            message = f"volume {self._to} has {free >> 20} MB free, {order.keep_free >> 20} MB are to stay free"
            raise TargetError(volume_report(Reason.NO_SPACE, message))

    def choose_path(self) -> None:
        """Its own, unless another recording has that on the target: its clock had been set back."""
        name = parse_segment_path(self._order.segment.path)
        try:
            for serial in range(name.serial, name.serial + _MOST_NAMES):
                self._path = segment_path(replace(name, serial=serial))
                if self._index.segment_at(self._order.target.uuid, self._path) is not None:
                    continue
                there = locate(self._to, self._path)
                if not there.exists():
                    return
                if same_content(there, self._file):
                    sync_directory(there.parent)
                    self.is_there = True
                    return
        except OSError as error:
            raise TargetError(report_os_error(error, f"cannot read {self._to}")) from error
        raise SourceError(volume_report(Reason.IO_ERROR, f"{_MOST_NAMES} files on {self._to} have its name"))

    def copy(self) -> str:
        try:
            return copy_hidden(self._file, self._to, self._path, self._pace)
        except UnreadableError as error:
            raise SourceError(report_os_error(error.error, f"cannot read {self._file}")) from error
        except OSError as error:
            raise TargetError(report_os_error(error, f"cannot write to volume {self._to}")) from error

    def verify(self, digest: str) -> None:
        """What is on the disk is what was read."""
        try:
            found = read_back(self._to, hidden_path(self._path), self._pace)
        except OSError as error:
            self._give_up()
            raise TargetError(report_os_error(error, f"cannot read what was written to {self._to}")) from error
        if found != digest:
            self._give_up()
            message = f"volume {self._to} does not hold what was written to it: {self._path} is another file there"
            raise TargetError(volume_report(Reason.IO_ERROR, message))

    def rename(self) -> None:
        hidden, final = locate(self._to, hidden_path(self._path)), locate(self._to, self._path)
        try:
            rename_without_replacing(hidden, final)
            sync_directory(final.parent)
        except OSError as error:
            raise TargetError(report_os_error(error, f"cannot rename {hidden}")) from error

    def enter(self) -> None:
        """In one transaction; if the row is not what it was, the copy goes again."""
        order = self._order
        moved = replace(order.segment, volume=order.target.uuid, path=self._path)
        with self._index.writing() as writer:
            writer.ensure_volume(order.target)
            done = writer.segment_moved(order.source.uuid, order.segment.path, moved)
        if not done:
            self._take_back()
            raise ChangedError(f"{order.segment.path} was deleted or moved meanwhile")

    def make_sure(self) -> None:
        """The file is where its row says now, before the other one goes; else the row says again what it said."""
        order, moved = self._order, locate(self._to, self._path)
        try:
            if moved.stat().st_size == order.segment.size:
                facts = self._file.stat()
                os.utime(moved, ns=(facts.st_atime_ns, facts.st_mtime_ns))  # what was downloaded of it stays good
                return
            problem = volume_report(Reason.IO_ERROR, f"{moved} has another size than was written")
        except OSError as error:
            problem = report_os_error(error, f"{moved} cannot be found again")
        back = replace(order.segment, volume=order.source.uuid)
        with self._index.writing() as writer:
            writer.segment_moved(order.target.uuid, self._path, back)
        raise TargetError(problem)

    def unlink(self, now: UtcNs) -> None:
        """Readers that have the file open go on reading it."""
        path = self._order.segment.path
        try:
            check_identity(self._from, self._order.source.uuid)
            remove_file(self._from, path)
        except VolumeError as error:
            raise SourceError(error.report) from error
        except OSError as error:
            raise SourceError(report_os_error(error, f"cannot delete {self._file}")) from error
        for folder in old_folders([path], now):
            remove_empty_folder(self._from, folder)

    def _take_back(self) -> None:
        """The copy goes, unless an attempt that was given up was the one that succeeded."""
        if self._index.segment_at(self._order.target.uuid, self._path) is not None:
            return
        try:
            remove_file(self._to, self._path)
        except OSError as error:
            raise TargetError(report_os_error(error, f"cannot delete {self._path} on {self._to}")) from error

    def _give_up(self) -> None:
        """What is left under the hidden name is replaced by the next attempt, or removed by ``reconcile``."""
        try:
            remove_file(self._to, hidden_path(self._path))
        except OSError:
            return
