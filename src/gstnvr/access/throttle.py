"""Who failed to log in too often must wait; pure: it is told the time."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from gstnvr.access.errors import LockedOutError

_MOST_KEYS = 10_000
"""So much is remembered, whoever tries whatever names from wherever."""
_OF_ONE_OWNER = 64
"""Bits."""
_OF_ADDRESS = 4
_OF_NAME = 10
"""So many times the limit of a name from one address: a whole address, and a name from all addresses. The name's
is high, as anybody could lock somebody else out by it."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: float
    told: bool = False


class LoginThrottle:
    """Counts failed attempts by name, by address and by both.

    An attempt counts as failed from its beginning, so that many at once cannot get past the limit.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], _Failures] = OrderedDict()

    def begin(self, name: str, address: str, now: float, limit: int, lockout_s: float) -> None:
        """Count an attempt, before it is known how it ends.

        Args:
            now: seconds of a clock that is never set back.
            limit: so many may fail, one after the other.

        Raises:
            LockedOutError: too many failed; this one is not counted.
        """
        keys = _keys(name, address)
        for key, factor in keys.items():
            failures = self._failures.get(key)
            if failures is None:
                continue
            over = failures.last + lockout_s
            if now >= over:
                del self._failures[key]
            elif failures.count >= limit * factor:
                first, failures.told = not failures.told, True
                raise LockedOutError(max(1, math.ceil(over - now)), first=first)
        for key in keys:
            failures = self._failures.setdefault(key, _Failures(0, now))
            failures.count += 1
            failures.last = now
            self._failures.move_to_end(key)
        while len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """The attempt that began last was right: what this user mistyped here before is forgiven."""
        own = self._failures.get((name, _source(address)))
        self._forgive(name, address, 1 if own is None else own.count)

    def take_back(self, name: str, address: str) -> None:
        """The attempt that began last does not count."""
        self._forgive(name, address, 1)

    def _forgive(self, name: str, address: str, count: int) -> None:
        for key in _keys(name, address):
            failures = self._failures.get(key)
            if failures is not None:
                failures.count -= count
                if failures.count <= 0:
                    del self._failures[key]


def _keys(name: str, address: str) -> dict[tuple[str, str], int]:
    source = _source(address)
    return {(name, source): 1, ("", source): _OF_ADDRESS, (name, ""): _OF_NAME}


def _source(address: str) -> str:
    """Who has one address of IPv6 has a whole network of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, _OF_ONE_OWNER), strict=False)) if isinstance(found, IPv6Address) else address
