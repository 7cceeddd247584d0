"""Passwords: what is taken as one, its hash, and whether one fits."""

import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gstnvr.access.errors import WeakPasswordError

SHORTEST = 10
LONGEST = 256


def argon2id() -> PasswordHasher:
    """The second choice of RFC 9106: 64 MiB, which a Raspberry Pi has to spare for a moment."""
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


class Passwords:
    """Hashes and verifies; both take a good part of a second on purpose, so call it on a thread."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Tests take a cheaper hasher."""
        self._hasher = hasher or argon2id()

    def hash(self, password: str, name: str) -> str:
        """Hash a new password of the user of this name.

        Raises:
            WeakPasswordError: too short, too long, or the name itself.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise WeakPasswordError(f"a password has {SHORTEST} to {LONGEST} characters")
        if password.casefold() in (name.casefold(), name.casefold()[::-1]) or len(set(password)) < 4:
            raise WeakPasswordError("this password is guessed at once; take another")
        return self._hasher.hash(_normal(password))

    def fits(self, password: str, hashed: str | None) -> bool:
        """Whether this is the password; takes as long for nobody's (None) as for somebody's."""
        try:
            self._hasher.verify(hashed or self._hash_of_nobody, _normal(password[: LONGEST + 1]))
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None

    @cached_property
    def _hash_of_nobody(self) -> str:
        return self._hasher.hash("the password of a user who does not exist")

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with other parameters than new ones are."""
        return self._hasher.check_needs_rehash(hashed)


def _normal(password: str) -> str:
    """The same on every keyboard and system."""
    return unicodedata.normalize("NFKC", password)
