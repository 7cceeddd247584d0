"""The files of a SQLite database, moved and removed together."""

import os
from pathlib import Path

_PARTS = ("-wal", "-shm", "")
"""In this order: the database itself must not be taken for whole without what belongs to it."""


def database_files(database: Path) -> list[Path]:
    """Those of its files that are there."""
    files = (database.with_name(database.name + part) for part in _PARTS)
    return [file for file in files if file.exists()]


def move_database(database: Path, to: Path) -> None:
    """Rename it within its folder; on the disk when this returns. Nobody may have it open.

    Raises:
        OSError: it cannot be renamed.
    """
    for part in _PARTS:
        file = database.with_name(database.name + part)
        if file.exists():
            file.rename(to.with_name(to.name + part))
    _sync(database.parent)


def remove_database(database: Path) -> None:
    """Delete it, or what is left of it.

    Raises:
        OSError: it cannot be deleted.
    """
    for file in reversed(database_files(database)):
        file.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
