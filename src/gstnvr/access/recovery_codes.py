"""Codes on paper, each good for one login without the authenticator app: who has lost it is not locked out."""

import re
import secrets
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

COUNT = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are taken for one another."""
_LENGTH = 12
_GROUP = 4
_CODE = re.compile(rf"[0-9][{_LETTERS}]{{{_LENGTH}}}")

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Less than for passwords, as nobody guesses 59 random bits: ten of them are made at once."""
_NOBODYS = _hasher.hash(secrets.token_hex())

Hashes = tuple[str | None, ...]
"""Of the codes, by the digit that each begins with; None: it was used."""


def new_recovery_codes() -> tuple[list[str], Hashes]:
    """Ten codes such as ``0-x7kd-q9xm-w2pt``, and what is stored of them."""
    codes = [f"{number}{''.join(secrets.choice(_LETTERS) for _ in range(_LENGTH))}" for number in range(COUNT)]
    return [_written(code) for code in codes], tuple(_hasher.hash(code) for code in codes)


def _written(code: str) -> str:
    groups = [code[at : at + _GROUP] for at in range(1, len(code), _GROUP)]
    return "-".join([code[0], *groups])


def is_recovery_code(text: str) -> bool:
    """Whether it looks like one; codes of apps are shorter."""
    return _CODE.fullmatch(_plain(text)) is not None


def spent(text: str, hashes: Sequence[str | None]) -> Hashes | None:
    """What is left after this code was used; None if it is none of them. Takes as long either way."""
    code = _plain(text)
    number = int(code[0])
    hashed = hashes[number] if number < len(hashes) else None
    try:
        _hasher.verify(hashed or _NOBODYS, code)
    except (VerificationError, InvalidHashError):
        return None
    return None if hashed is None else (*hashes[:number], None, *hashes[number + 1 :])


def left(hashes: Sequence[str | None]) -> int:
    """How many can still be used."""
    return sum(hashed is not None for hashed in hashes)


def _plain(text: str) -> str:
    return re.sub(r"[\s-]", "", text).lower()
