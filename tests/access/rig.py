"""A door with an index, under a simulated clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from argon2 import PasswordHasher

from gstnvr.access.accounts import Accounts
from gstnvr.access.door import Door, Limits, LoggedIn
from gstnvr.access.passwords import Passwords
from gstnvr.db.audit import audit_lines
from gstnvr.db.index import Index
from gstnvr.model.access import ALL_CAMERAS, Caller, Cameras, Role, Via
from gstnvr.testing.clock import SimulatedClock

PASSWORD = "correct horse battery"
OTHER = "staple staple staple 2"
ADDRESS = "192.0.2.1"
LIMITS = Limits(idle_s=3600, longest_s=86_400, attempts=5, lockout_s=900)
LOCAL = Caller("local:root", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)


class Rig:
    """Users as a supervisor has them; ``open_again`` is its next start."""

    def __init__(self, index: Index, folder: Path) -> None:
        self.index = index
        self.folder = folder
        self.clock = SimulatedClock()
        self.limits = LIMITS
        self.open_again()

    def open_again(self) -> None:
        passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.door = Door(self.index, self.clock, lambda: self.limits, self.folder / "secrets.key", passwords)
        self.accounts = Accounts(self.door)
        self.door.book.load()

    def limit(self, **changes: float) -> None:
        self.limits = replace(self.limits, **changes)  # type: ignore[arg-type]

    def add(self, name: str, role: Role = Role.VIEWER, *cameras: str) -> None:
        self.accounts.add(LOCAL, name, role, Cameras.of(cameras or None), PASSWORD)

    def log_in(self, name: str, password: str = PASSWORD, code: str | None = None) -> LoggedIn:
        return self.door.log_in(name, password, code, ADDRESS, None)

    def lines(self) -> list[tuple[str, str, str]]:
        """Users, actions and subjects of the audit log, the oldest first."""
        with self.index.reading() as connection:
            return [(line.user, line.action, line.subject) for _, line in reversed(audit_lines(connection, 1000))]


@contextmanager
def rig_at(where: str, folder: Path) -> Iterator[Rig]:
    with Index.open(where) as index:
        yield Rig(index, folder)
