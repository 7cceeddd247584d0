"""Connections to the database, set up so that a committed transaction survives a power cut."""

import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
WRITING = "gstnvr_writing"
"""Execution option of connections that are going to write."""
_BUSY_TIMEOUT_MS = 30_000
_SETTINGS_OF_CONNECTIONS = {
    "connect_timeout": 8,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "application_name": "gstnvr",
    "options": "-c jit=off",
}
"""A server that vanished is noticed within half a minute, and not after hours. Queries of some milliseconds are
not compiled first, which takes tens of them."""
_LAST_ONE_FIRST = {"pool_use_lifo": True}
"""Work stays with one connection while one is enough. In turns, all five would fill their caches: with an index of
3.4 MB they took 10.6 MB, and 2.2 MB this way."""
_WRITERS_TAKE_TURNS = 0x6773746E7672
"""Number of the lock that every transaction that writes takes in PostgreSQL, as SQLite has one by itself: gaps are
computed from what the transaction sees."""
_ADVICE = {
    "sqlite": "check path and permissions; if the file is damaged, move it away: it is built again from the files",
    "postgresql": "check that the server runs, and its address, user and password in the settings",
}


class DatabaseUnusableError(Exception):
    """The database cannot be opened; the message says why and what to do."""


def open_engine(where: str | Path) -> Engine:
    """Open a database and bring its tables up to date.

    Args:
        where: a file for SQLite, or a database URL.

    Raises:
        DatabaseUnusableError: damaged, of a later version, or not reachable.
    """
    url = _url(where)
    shown = shown_address(where)
    try:
        engine = create_engine(url, **_options(url))
    except ModuleNotFoundError as error:
        message = f"cannot open database {shown}: {error}; pip install 'gstnvr[postgresql]' brings the driver"
        raise DatabaseUnusableError(message) from error
    except (ArgumentError, ImportError) as error:
        raise DatabaseUnusableError(f"cannot open database {shown}: {error}") from error
    if url.get_backend_name() == "sqlite":
        _keep_from_others(url)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
    try:
        with engine.execution_options(**{WRITING: True}).begin() as connection:
            upgrade(connection)
    except CommandError as error:
        engine.dispose()
        message = f"database {shown} was made by a later version of gstnvr: install that or restore an older copy"
        raise DatabaseUnusableError(message) from error
    except DBAPIError as error:
        engine.dispose()
        reason = " ".join(str(error.orig).split())
        advice = _ADVICE.get(url.get_backend_name(), "check the address")
        raise DatabaseUnusableError(f"cannot open database {shown}: {reason}; {advice}") from error
    return engine


def _keep_from_others(url: URL) -> None:
    """Hashes of passwords are in the file; whoever opens it complains if it cannot be made."""
    path = Path(url.database or "")
    with suppress(OSError):
        # A file that is there is not opened: SQLite would lose its locks when it is closed again.
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o007:
                path.chmod(mode & ~0o007)
        else:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def shown_address(where: str | Path) -> str:
    """For people and logs: without the password.

    Raises:
        DatabaseUnusableError: not a database URL.
    """
    return _url(where).render_as_string(hide_password=True)


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "postgresql":
        return _LAST_ONE_FIRST
    given = {name: value for name, value in _SETTINGS_OF_CONNECTIONS.items() if name not in url.query}
    return {"connect_args": given, "pool_pre_ping": True} | _LAST_ONE_FIRST


def _url(where: str | Path) -> URL:
    if not isinstance(where, str) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    try:
        url = make_url(where)
    except ArgumentError as error:
        raise DatabaseUnusableError("not a database URL") from error
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables up to date, or up to an earlier revision, within the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _set_up_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions by itself, and too late
    for pragma in (
        f"busy_timeout = {_BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(WRITING, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_TAKE_TURNS})")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
