"""The one place where recordings are deleted: from the index, in an order that may be interrupted anywhere."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gstnvr.db.deletions import mark_for_deletion, marked_segments
from gstnvr.db.index import Index
from gstnvr.db.mirrors import forget_mirrors, marked_mirrors
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.records import Volume
from gstnvr.storage.idle_disk import disk_when_idle
from gstnvr.volume.checks import check_identity
from gstnvr.volume.files import remove_empty_folder, remove_files
from gstnvr.volume.paths import is_day_folder

LARGEST_BATCH = 100
"""A transaction keeps what recorders tell waiting, so it must be short."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of segments that were to be deleted, by path."""

    deleted: tuple[str, ...]
    refused: tuple[str, ...]
    """Open, protected, or deleted by somebody else."""
    left: tuple[str, ...] = ()
    """The disk does not let go of them; they are tried again by ``finish_deletions``."""
    problem: str = ""
    """Why something is left, for a person."""


def delete_segments(
    index: Index, volume: Volume, paths: Collection[str], *, now: UtcNs, everywhere: bool = False
) -> Deleted:
    """Delete segments of a volume; blocks, for ever if the disk hangs, but never within a transaction.

    Rows are marked, files unlinked, folders synced, and only then rows are gone and the gap ledger says that what
    was in them is deleted. Whatever is interrupted is ended by ``finish_deletions`` or by ``reconcile``.

    Args:
        paths: relative to the volume, at most ``LARGEST_BATCH``.
        everywhere: copies at other places are not to stay either, also if this is interrupted.

    Raises:
        VolumeError: the volume is not there, or is another; nothing is changed, or what is marked stays so.
        sqlalchemy.exc.SQLAlchemyError: the database does not take it; what is marked stays so.
    """
    check_identity(Path(volume.path), volume.uuid)
    with index.writing() as writer:
        marked = mark_for_deletion(writer, volume.uuid, paths, everywhere=everywhere)
    refused = tuple(path for path in paths if path not in set(marked))
    return _delete_marked(index, volume, marked, refused, now)


def finish_deletions(index: Index, volume: Volume, *, now: UtcNs) -> Deleted:
    """End deletions that were interrupted, ``LARGEST_BATCH`` of them at most; blocks as ``delete_segments`` does.

    Second files go in this way alone: a volume that hangs must not hold up deletions on another one.

    Raises:
        VolumeError: the volume is not there, or is another.
        sqlalchemy.exc.SQLAlchemyError: the database does not take it.
    """
    with index.reading() as connection:
        marked = [segment.path for segment in marked_segments(connection, volume.uuid, LARGEST_BATCH)]
        mirrors = marked_mirrors(connection, volume.uuid, LARGEST_BATCH - len(marked))
    if not marked and not mirrors:
        return Deleted((), ())
    check_identity(Path(volume.path), volume.uuid)
    return _delete_marked(index, volume, [*marked, *mirrors], (), now)


def _delete_marked(
    index: Index, volume: Volume, marked: Collection[str], refused: tuple[str, ...], now: UtcNs
) -> Deleted:
    root = Path(volume.path)
    with disk_when_idle():
        removal = remove_files(root, marked)
        check_identity(root, volume.uuid)  # else the files are not gone, but unmounted
    with index.writing() as writer:
        writer.segments_deleted(volume.uuid, removal.gone)
        forget_mirrors(writer, volume.uuid, removal.gone)
    for folder in old_folders(removal.gone, now):
        remove_empty_folder(root, folder)
    problem = next((str(error) for error in removal.left.values()), "")
    return Deleted(tuple(removal.gone), refused, tuple(removal.left), problem)


def old_folders(paths: Collection[str], now: UtcNs) -> list[str]:
    """Day folders in which no recorder is about to make a file."""
    yesterday = datetime.fromtimestamp(now // NS_PER_S, UTC) - timedelta(days=1)
    folders = {path.rpartition("/")[0] for path in paths}
    return sorted(folder for folder in folders if _is_before(folder.rpartition("/")[2], yesterday))


def _is_before(day: str, moment: datetime) -> bool:
    return is_day_folder(day) and day < moment.strftime("%Y%m%d")
