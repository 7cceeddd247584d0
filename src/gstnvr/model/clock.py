"""Time, as handed to everything that needs it, so that a simulated clock can take its place."""

import time
from datetime import UTC, datetime
from typing import NewType, Protocol

UtcNs = NewType("UtcNs", int)
"""Wall clock in UTC, nanoseconds since 1970-01-01."""

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Clock(Protocol):
    """What time it is."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never jumps."""
        ...

    def utc_ns(self) -> UtcNs:
        """Wall clock; jumps when somebody sets it."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def utc_ns(self) -> UtcNs:
        return UtcNs(time.time_ns())


def format_utc(at: UtcNs) -> str:
    """ISO 8601 with milliseconds, always UTC: ``2026-11-21T10:02:24.125Z``."""
    moment = datetime.fromtimestamp(at // NS_PER_S, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % NS_PER_S // NS_PER_MS:03d}Z"


def parse_utc(text: str) -> UtcNs:
    """Read ISO 8601; a time without a zone is taken as UTC.

    Raises:
        ValueError: the text is not a moment in ISO 8601.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since_epoch = moment - datetime(1970, 1, 1, tzinfo=UTC)
    microseconds = (since_epoch.days * 86_400 + since_epoch.seconds) * 1_000_000 + since_epoch.microseconds
    return UtcNs(microseconds * 1_000)
