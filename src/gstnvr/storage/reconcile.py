"""Index and disk made to agree: at start, after a recorder died, and by ``check --repair``."""

import contextlib
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from gstnvr.db.folders import folders_with_rows
from gstnvr.db.index import Index
from gstnvr.db.mirrors import Mirror, any_mirrors, mirrors_in
from gstnvr.db.settlement import LONGEST_SEGMENT_NS
from gstnvr.db.tables import MirrorRow
from gstnvr.db.timeline import RECORDED_STATES
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs, format_utc
from gstnvr.model.faults import FaultReport
from gstnvr.model.ids import CameraId, StreamId
from gstnvr.model.records import Gap, Segment, SegmentState, Volume
from gstnvr.storage.adoption import join_adopted
from gstnvr.storage.kept_protections import restore_from
from gstnvr.storage.left_moves import find_twin, remove_unfinished, settle_twin
from gstnvr.storage.mirrors import adopt_mirror, first_of, has_second, mend_mirror
from gstnvr.storage.recover import (
    Action,
    Change,
    Decision,
    Located,
    cut_off,
    end_deletion,
    enter_file,
    give_up_row,
)
from gstnvr.volume.checks import check_identity, remove_leftovers
from gstnvr.volume.errors import VolumeError, report_os_error
from gstnvr.volume.paths import is_camera_folder, is_day_folder, parse_segment_path
from gstnvr.volume.transfer import is_hidden

SETTLED_AFTER_S = 900
"""A file of a live stream that was not written to for so long is no longer being written: longer than a recorder
holds what storage does not take."""


_ADJOINING_NS = 100 * NS_PER_MS
"""The end of a segment is a frame's worth of guess."""


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """As much of a file as is needed to compare it with its row."""

    path: str
    """Relative to the volume."""
    size: int
    modified: UtcNs


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is to be looked at."""

    mine: Callable[[StreamId], bool]
    live: Callable[[StreamId], bool]
    """Streams that a recorder is writing now: what is open or fresh of them is left alone."""
    now: UtcNs
    first_day: str = ""
    """Folders of earlier days are left out."""
    first_days: Mapping[CameraId, str] | None = None
    """By camera, instead; others are left out. None: all cameras."""

    mirror: bool = False
    """The policy is to write to two volumes at once."""

    def mirrored(self, index: Index) -> bool:
        """Whether a file of the same name as a segment on another volume is its second one, and not left over."""
        with index.reading() as connection:
            return self.mirror or any_mirrors(connection)

    def takes(self, folder: str) -> bool:
        camera, _, day = folder.partition("/")
        first = self.first_day if self.first_days is None else self.first_days.get(CameraId(camera))
        return first is not None and day >= first


def reconcile(
    index: Index,
    volumes: Sequence[Volume],
    *,
    now: UtcNs,
    live: Container[StreamId] = (),
    mirror: bool = False,
) -> list[Change]:
    """Make index and disk agree; blocks for as long as it takes.

    Args:
        live: streams that a recorder is writing now; what is open or fresh of them is left alone. It is asked for
            each file anew: meanwhile some may begin.
        mirror: it is recorded to two volumes at once, even if the index knows nothing of that.
    """
    scope = _Scope(mine=lambda _: True, live=live.__contains__, now=now, mirror=mirror)
    changes = [*_restore_protections(index, volumes), *_reconcile_volumes(index, volumes, scope)]
    for stream in index.streams():
        changes += recompute_gaps(index, stream)
    return changes


def reconcile_returned(
    index: Index, volume: Volume, *, now: UtcNs, live: Container[StreamId], away_since: UtcNs
) -> list[Change]:
    """Put in order what was being written to a volume when it failed; only the days since then are looked at."""
    first_day = _day(UtcNs(away_since - LONGEST_SEGMENT_NS))
    scope = _Scope(mine=lambda _: True, live=live.__contains__, now=now, first_day=first_day)
    return _reconcile_volumes(index, [volume], scope)


def recover_streams(
    index: Index,
    volumes: Sequence[Volume],
    streams: Collection[StreamId],
    *,
    now: UtcNs,
    given_up: Callable[[], bool] = lambda: False,
) -> list[Change]:
    """Take over what a recorder that died left behind; only these streams' last days are looked at.

    Args:
        given_up: true once another recorder may have begun to write these streams; no further file is touched.
    """
    mine = frozenset(streams)
    scope = _Scope(
        mine=lambda stream: stream in mine and not given_up(),
        live=lambda _: False,
        now=now,
        first_days=_first_days(index, mine, now),
    )
    return [*_restore_protections(index, volumes), *_reconcile_volumes(index, volumes, scope)]


def _first_days(index: Index, streams: Collection[StreamId], now: UtcNs) -> Mapping[CameraId, str]:
    """By camera: day folder in which the oldest file may lie that the index does not know the end of."""
    starts: defaultdict[StreamId, list[UtcNs]] = defaultdict(lambda: [now])
    for segment in index.open_segments():
        starts[segment.stream].append(segment.start)
    days: dict[CameraId, str] = {}
    for stream in streams:
        end = index.last_end(stream)
        day = "" if end is None else _day(min(end, *starts[stream]))
        days[stream.camera] = min(day, days.get(stream.camera, day))
    return days


def _day(at: UtcNs) -> str:
    """Name of the folder of a day."""
    return datetime.fromtimestamp(at // NS_PER_S, UTC).strftime("%Y%m%d")


def recompute_gaps(index: Index, stream: StreamId) -> list[Change]:
    """Compute the whole gap ledger of a stream anew; it changes nothing unless something was broken."""
    with index.writing() as writer:
        writer.recompute(stream)
        found = writer.settle()
    wrong = [
        Change(Action.GAP, str(stream), f"removed: {describe_gap(gap)}") for one in found for gap in one.wrong
    ]
    lacking = [
        Change(Action.GAP, str(stream), f"entered: {describe_gap(gap)}") for one in found for gap in one.lacking
    ]
    return wrong + lacking


def describe_gap(gap: Gap) -> str:
    """One line for a person."""
    if gap.end is None:
        return f"gap from {format_utc(gap.start)} ({gap.cause}), which lasts"
    return f"gap of {(gap.end - gap.start) / NS_PER_S:.3f} s from {format_utc(gap.start)} ({gap.cause})"


def _restore_protections(index: Index, volumes: Sequence[Volume]) -> list[Change]:
    """Before anything is adopted: what becomes known only now must not be deleted in the next moment."""
    changes = []
    for volume in volumes:
        with contextlib.suppress(VolumeError, OSError):  # told when its files are looked at
            check_identity(Path(volume.path), volume.uuid)
            changes += restore_from(index, [volume])
    return changes


def _reconcile_volumes(index: Index, volumes: Sequence[Volume], scope: _Scope) -> list[Change]:
    changes: list[Change] = []
    adopted: set[tuple[str, str]] = set()
    for volume in volumes:
        try:
            check_identity(Path(volume.path), volume.uuid)
            remove_leftovers(Path(volume.path))
            with index.writing() as writer:
                writer.ensure_volume(volume)
            found = _VolumePass(index, volume, scope).run()
            changes += found
            adopted |= _adopted(volume, found)
        except VolumeError as error:
            changes.append(_unavailable(volume, error.report))
        except OSError as error:
            changes.append(_unavailable(volume, report_os_error(error, f"cannot read volume {volume.path}")))
    join_adopted(index, adopted)
    return changes


def _adopted(volume: Volume, changes: Sequence[Change]) -> set[tuple[str, str]]:
    """Volume and path of the files that were adopted."""
    files = (Path(change.where) for change in changes if change.action is Action.ADOPTED)
    return {(volume.uuid, str(file.relative_to(volume.path))) for file in files}


def _unavailable(volume: Volume, report: FaultReport) -> Change:
    return Change(Action.UNAVAILABLE, volume.path, report.message)


@dataclass(slots=True)
class _VolumePass:
    """One walk over one volume."""

    index: Index
    volume: Volume
    scope: _Scope
    changes: list[Change] = field(default_factory=list)

    def run(self) -> list[Change]:
        root = Path(self.volume.path)
        on_disk = filter(self.scope.takes, day_folders(root))
        for folder in sorted({*self._indexed_folders(), *on_disk}):
            self._folder(root, folder)
        return self.changes

    def _indexed_folders(self) -> list[str]:
        first_days = self.scope.first_days
        if first_days is None:
            return list(filter(self.scope.takes, self._folders_from()))
        return [folder for camera, day in first_days.items() for folder in self._folders_from(camera, day)]

    def _folders_from(self, camera: CameraId | None = None, day: str = "") -> list[str]:
        uuid = self.volume.uuid
        with self.index.reading() as connection:
            mirrors = folders_with_rows(connection, MirrorRow, uuid, camera, day)
        return [*self.index.folders(uuid, camera, day), *mirrors]

    def _folder(self, root: Path, folder: str) -> None:
        on_disk = {file.path: file for file in files_in(root, folder)}
        decisions = []
        for row in self.index.files(self.volume.uuid, folder):
            file = on_disk.pop(row.path, None)
            if file is None or row.state is not SegmentState.CLOSED or row.size != file.size:
                decisions.append(self._decide(Located(root, self.volume.uuid, row.path), file))
        for mirror in self._mirrors(folder):
            file = on_disk.pop(mirror.path, None)
            if file is None or mirror.state is not SegmentState.CLOSED or mirror.size != file.size:
                decisions.append(
                    self._decide_on_mirror(Located(root, self.volume.uuid, mirror.path), mirror, file)
                )
        for path in sorted(on_disk):
            where = Located(root, self.volume.uuid, path)
            if is_segment_path(path):
                decisions.append(self._decide(where, on_disk[path]))
            elif is_hidden(path) and not self._is_fresh(on_disk[path]):
                self.changes.append(remove_unfinished(where))
        self._write([decision for decision in decisions if decision is not None])

    def _mirrors(self, folder: str) -> list[Mirror]:
        with self.index.reading() as connection:
            return mirrors_in(connection, self.volume.uuid, folder)

    def _decide_on_mirror(self, where: Located, mirror: Mirror, file: FileOnDisk | None) -> Decision | None:
        growing = self.scope.live(mirror.stream) and mirror.state is SegmentState.OPEN
        if not self.scope.mine(mirror.stream) or growing:
            return None
        try:
            return mend_mirror(self.index, where, mirror, there=file is not None)
        except OSError as error:
            return _left_alone(where, error)

    def _write(self, decisions: list[Decision]) -> None:
        if decisions:
            with self.index.writing() as writer:
                for decision in decisions:
                    decision.write(writer)
        self.changes += [decision.change for decision in decisions]

    def _decide(self, where: Located, file: FileOnDisk | None) -> Decision | None:
        """Do what is to be done on the disk; None if that is nothing."""
        row = self.index.segment_at(where.volume, where.path)
        stream = parse_segment_path(where.path).stream if row is None else row.stream
        if not self.scope.mine(stream) or (self.scope.live(stream) and self._may_be_written(row, file)):
            return None
        try:
            if file is not None:
                return self._decide_on_file(where, row, file)
            if row is not None and row.state not in (SegmentState.MISSING, SegmentState.REMOTE):
                return self._told_of_second(where, give_up_row(where, row))
        except OSError as error:
            return _left_alone(where, error)
        return None

    def _told_of_second(self, where: Located, decision: Decision | None) -> Decision | None:
        if decision is None or decision.change.action is not Action.MISSING or not has_second(self.index, where):
            return decision
        message = f"{decision.change.message}; its second file on another volume stands for it"
        return replace(decision, change=replace(decision.change, message=message))

    def _decide_on_file(self, where: Located, row: Segment | None, file: FileOnDisk) -> Decision | None:
        if row is not None and row.state is SegmentState.DELETING:
            return end_deletion(where)
        first = first_of(self.index, where) if row is None and self.scope.mirrored(self.index) else None
        if first is not None:
            return adopt_mirror(where, first)
        twin = find_twin(self.index, where, file.size) if row is None else None
        if twin is not None:
            return None if self._is_fresh(file) else settle_twin(self.index, where, twin)
        elsewhere = self._follower(row) if row is not None and file.size > row.size else None
        if row is not None and elsewhere is not None and (cut := cut_off(where, row, elsewhere)) is not None:
            return cut
        return self._told_of_second(where, enter_file(where, row))

    def _follower(self, row: Segment) -> UtcNs | None:
        """Start of the segment on another volume that goes on where a row ends."""
        if row.state is not SegmentState.CLOSED:
            return None
        near = UtcNs(row.end - _ADJOINING_NS), UtcNs(row.end + _ADJOINING_NS)
        others = self.index.segments(row.stream, start=near[0], end=near[1], states=RECORDED_STATES)
        starts = [other.start for other in others if other.volume != row.volume and other.start >= near[0]]
        return min(starts, default=None)

    def _may_be_written(self, row: Segment | None, file: FileOnDisk | None) -> bool:
        if row is not None:
            return row.state is SegmentState.OPEN
        return file is not None and self._is_fresh(file)

    def _is_fresh(self, file: FileOnDisk) -> bool:
        """Somebody may be writing it now, or moving it here."""
        return file.modified > self.scope.now - SETTLED_AFTER_S * NS_PER_S


def _left_alone(where: Located, error: OSError) -> Decision:
    report = report_os_error(error, f"cannot recover {where.full_path}")
    return Decision(where.change(Action.LEFT_ALONE, report.message), lambda _: None)


def is_segment_path(path: str) -> bool:
    """Whether a file is where and called as a segment is."""
    try:
        parse_segment_path(path)
    except ValueError:
        return False
    return True


def day_folders(root: Path) -> Iterator[str]:
    """Folders of a volume in which there may be segments, as ``camera/day``.

    Raises:
        OSError: the volume cannot be read.
    """
    for camera in _folders(root):
        if is_camera_folder(camera):
            yield from (f"{camera}/{day}" for day in _folders(root / camera) if is_day_folder(day))


def _folders(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


def files_in(root: Path, folder: str) -> Iterator[FileOnDisk]:
    """Files in a folder of a volume; none if there is no such folder.

    Raises:
        OSError: the folder cannot be read.
    """
    try:
        entries = os.scandir(root / folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                facts = entry.stat(follow_symlinks=False)
                yield FileOnDisk(f"{folder}/{entry.name}", facts.st_size, UtcNs(facts.st_mtime_ns))
