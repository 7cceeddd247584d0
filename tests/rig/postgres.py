"""A PostgreSQL server of the distribution's, for the length of a test."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STARTS_WITHIN_S = "60"


def programs() -> Path | None:
    """Folder of the newest version's programs; None: it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def postgresql() -> Iterator[str]:
    """Start it; the URL of an empty database. It listens on a Unix socket alone."""
    folder = programs()
    assert folder is not None, "PostgreSQL is not installed"
    with tempfile.TemporaryDirectory(prefix="gstnvr-pg-") as place:
        user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(place, account.pw_uid, account.pw_gid)
        data = f"{place}/data"

        def run(program: str, *arguments: str) -> None:
            subprocess.run([folder / program, *arguments], user=user, cwd=place, check=True, capture_output=True)

        run(
            "initdb",
            "--pgdata",
            data,
            "--username",
            "gstnvr",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--no-sync",
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
        run("pg_ctl", "--pgdata", data, "-w", "-t", _STARTS_WITHIN_S, "-l", f"{place}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://gstnvr@/postgres?host={place}"
        finally:
            run("pg_ctl", "--pgdata", data, "-m", "immediate", "stop")
            shutil.rmtree(data, ignore_errors=True)
