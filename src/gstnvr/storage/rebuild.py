"""A new index from what lies on the volumes alone, in place of the one before, which is kept as a file."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.db.files import database_files, move_database, remove_database
from gstnvr.db.index import Index
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.records import Volume
from gstnvr.storage.comparison import Comparison, compare
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action, Change
from gstnvr.volume.identity import IdentityDamagedError, IdentityMissingError, read_identity

_UNFINISHED = ".rebuilding"


class RebuildError(Exception):
    """Nothing was changed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of the index."""

    changes: tuple[Change, ...]
    """What was found on the volumes."""
    kept: Path | None
    """The index before, if there was one."""
    comparison: Comparison | None
    """With the one before; None if there was none that can be read."""
    problem: str
    """Why the one before cannot be read; empty if there was none or it can be."""


def volumes_at(paths: Sequence[Path]) -> list[Volume]:
    """The volumes at the paths of the settings.

    Raises:
        RebuildError: one of them is not there, and its recordings would be missing.
    """
    found = []
    for path in paths:
        try:
            found.append(Volume(read_identity(path).uuid, str(path)))
        except (IdentityMissingError, IdentityDamagedError, OSError) as error:
            raise RebuildError(
                f"volume {path} cannot be used: {error}; mount it, or take it out of storage.volumes if it is gone"
                " for good"
            ) from error
    return found


def rebuild(database: Path, volumes: Sequence[Volume], now: UtcNs, *, mirror: bool = False) -> Rebuilt:
    """Make the index anew; blocks for as long as it takes to look into every file.

    Whoever calls sees to it that nobody else uses the index or writes to the volumes.

    Args:
        mirror: it is recorded to two volumes at once.

    Raises:
        RebuildError: a volume failed; the index is as it was.
        DatabaseUnusableError: no new database can be made.
        sqlalchemy.exc.SQLAlchemyError: the new database does not take everything, e.g. because its disk is full.
    """
    unfinished = database.with_name(database.name + _UNFINISHED)
    remove_database(unfinished)
    with Index.open(unfinished) as index:
        changes = reconcile(index, volumes, now=now, mirror=mirror)
        failed = next((change for change in changes if change.action is Action.UNAVAILABLE), None)
        if failed is not None:
            raise RebuildError(f"{failed.message}; the index is as it was")
        comparison, problem = _compare(database, index)
    kept = _kept_name(database, now) if database_files(database) else None
    if kept is not None:
        move_database(database, kept)
    move_database(unfinished, database)
    return Rebuilt(tuple(changes), kept, comparison, problem)


def _compare(database: Path, index: Index) -> tuple[Comparison | None, str]:
    if not database.exists():
        return None, ""
    try:
        with closing(Index.open(database)) as before:
            return compare(before, index), ""
    except (DatabaseUnusableError, SQLAlchemyError, ValueError) as error:
        return None, str(error)


def _kept_name(database: Path, now: UtcNs) -> Path:
    stamp = datetime.fromtimestamp(now // NS_PER_S, UTC).strftime("%Y%m%dT%H%M%SZ")
    return database.with_name(f"{database.name}.before-{stamp}")
