"""Copies of a whole database, as a SQLite file whatever it is kept in, and the way back."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from gstnvr.db.engine import WRITING, open_engine
from gstnvr.db.files import database_files, move_database, remove_database
from gstnvr.db.tables import SegmentRow, StoredHourRow, Table

_AT_ONCE = 500
_BUSY_S = 30.0


class BackupError(Exception):
    """No copy was made, or none put in place; the message says why."""


def back_up(database: str | Path, file: Path) -> None:
    """Make a copy while the database is in use; it is there as a whole or not at all. Blocks.

    Args:
        database: a file of SQLite, or an address.
        file: replaced if it is there.

    Raises:
        BackupError: the database cannot be read, or the file not be written.
    """
    unfinished = file.with_name(f".{file.name}.{uuid4().hex}")
    try:
        if is_file(database):
            _copy_sqlite(Path(database), unfinished)
        else:
            copy_tables(database, unfinished)
        _sync(unfinished)
        unfinished.replace(file)
        _sync(file.parent)
    except (sqlite3.Error, SQLAlchemyError, OSError) as error:
        raise BackupError(f"cannot back up to {file}: {error}") from error
    finally:
        remove_database(unfinished)


def is_file(database: str | Path) -> bool:
    """Whether it is a file of SQLite, and not an address."""
    return isinstance(database, Path) or "://" not in database


def _copy_sqlite(database: Path, file: Path) -> None:
    # In one step: the view of a reader stays the same while others write, but begins anew between two steps.
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_S)) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE").close()


def restore(file: Path, database: Path, kept: Path) -> None:
    """Put a copy in place of a database that nobody uses; that is kept under another name. Blocks.

    Args:
        kept: name in the same folder, not in use yet.

    Raises:
        BackupError: the file is no copy that can be used; the database is as it was.
        DatabaseUnusableError: the same, or it is of a later version.
    """
    unfinished = database.with_name(f"{database.name}.restoring")
    try:
        remove_database(unfinished)
        _check(file)
        _copy_sqlite(file, unfinished)
        open_engine(unfinished).dispose()
        _sync(unfinished)
        if database_files(database):
            move_database(database, kept)
        move_database(unfinished, database)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"cannot restore {file}: {error}") from error
    finally:
        remove_database(unfinished)


def _check(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
        found = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
        tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if found != "ok":
        raise BackupError(f"cannot restore {file}: it is damaged: {found}")
    if not {SegmentRow.__tablename__, "alembic_version"} <= tables:
        raise BackupError(f"cannot restore {file}: it is no copy of a database of gstnvr")


def restore_into(file: Path, address: str) -> None:
    """Copy all rows of a copy into a database that has none of its own yet. Blocks.

    Raises:
        BackupError: the file is no copy that can be used, or the database holds recordings.
        DatabaseUnusableError: one of the two cannot be opened.
    """
    try:
        _check(file)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"cannot restore {file}: {error}") from error
    passing = file.with_name(f".{file.name}.{uuid4().hex}")
    try:
        _copy_sqlite(file, passing)  # brought up to date without touching the file
        copy_tables(passing, address)
    except (sqlite3.Error, SQLAlchemyError, OSError) as error:
        raise BackupError(f"cannot restore {file}: {error}") from error
    finally:
        remove_database(passing)


def copy_tables(source: str | Path, target: str | Path) -> None:
    """Copy every row, as of one moment, into a database without recordings.

    Raises:
        BackupError: the target holds recordings.
        DatabaseUnusableError: one of the two cannot be opened.
        sqlalchemy.exc.SQLAlchemyError: a row cannot be read or written; the target is as it was.
    """
    reading, writing = open_engine(source), open_engine(target)
    try:
        level = {"isolation_level": "REPEATABLE READ"} if reading.dialect.name == "postgresql" else {}
        with (
            reading.execution_options(**level).connect() as there,
            writing.execution_options(**{WRITING: True}).begin() as here,
        ):
            if here.execute(select(func.count()).select_from(SegmentRow)).scalar_one():
                raise BackupError("the database holds recordings: only an empty one can be filled")
            _copy_rows(there, here)
    finally:
        reading.dispose()
        writing.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    tables = [table for table in Table.metadata.sorted_tables if table is not StoredHourRow.__table__]
    for table in reversed(tables):
        if table.name not in ("audit_log",):
            target.execute(delete(table))
    for table in tables:  # sums by hour follow the segments by themselves
        rows = source.execution_options(yield_per=_AT_ONCE).execute(select(table)).mappings()
        for part in rows.partitions():
            target.execute(insert(table), [dict(row) for row in part])
        if target.dialect.name == "postgresql" and "id" in table.c and table.c.id.autoincrement is not False:
            _go_on_counting(target, table.name)


def _go_on_counting(target: Connection, table: str) -> None:
    sequence = target.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table}).scalar_one()
    if sequence is not None:
        top = f"(SELECT coalesce(max(id), 0) + 1 FROM {table})"  # noqa: S608 - one of our own tables
        target.execute(text(f"SELECT setval(:sequence, {top}, false)"), {"sequence": sequence})


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
