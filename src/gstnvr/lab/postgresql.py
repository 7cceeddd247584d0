"""A PostgreSQL server of the distribution's, for the length of a test or a trial."""

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


class Server:
    """One of its own, which listens on a Unix socket alone and can be stopped and started again."""

    def __init__(self, place: Path, programs: Path, user: str | None) -> None:
        self.place = place
        self._programs = programs
        self._user = user
        self._data = place / "data"
        self._runs = False

    @property
    def url(self) -> str:
        """Of an empty database."""
        return f"postgresql://gstnvr@/postgres?host={self.place}"

    def make(self) -> None:
        options = ["--username", "gstnvr", "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
        self._run("initdb", "--pgdata", self._data, *options)

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self.place} -c fsync=off"
        log = self.place / "log"
        self._run("pg_ctl", "-D", self._data, "-w", "-t", _STARTS_WITHIN_S, "-l", log, "-o", options, "start")
        self._runs = True

    def stop(self) -> None:
        if self._runs:
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
            self._runs = False

    def need_password(self, password: str) -> None:
        """From the next start on."""
        self.execute(f"ALTER ROLE gstnvr PASSWORD '{password}'")
        (self._data / "pg_hba.conf").write_text("local all all scram-sha-256\n")

    def execute(self, statement: str) -> None:
        self._run("psql", "-h", self.place, "-U", "gstnvr", "-d", "postgres", "-c", statement)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self._programs / program, *arguments]
        subprocess.run(command, user=self._user, cwd=self.place, check=True, capture_output=True)


@contextmanager
def postgresql_server() -> Iterator[Server]:
    """Start one."""
    folder = programs()
    assert folder is not None, "PostgreSQL is not installed"
    with tempfile.TemporaryDirectory(prefix="gstnvr-pg-") as place:
        user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(place, account.pw_uid, account.pw_gid)
        server = Server(Path(place), folder, user)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(f"{place}/data", ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server; the URL of an empty database."""
    with postgresql_server() as server:
        yield server.url
