"""Answers of the API about copies at other places."""

from dataclasses import dataclass
from datetime import datetime

from gstnvr.model.copies import PlaceKind


@dataclass(frozen=True, slots=True)
class CopyPlace:
    """A place that takes copies, as it is now; counts are None until the index was asked."""

    name: str
    kind: PlaceKind
    problem: str | None
    waits_for_window: bool
    under_way: str | None
    rate_bytes_per_s: float
    waiting: int | None
    waiting_bytes: int | None
    oldest_waiting: datetime | None
    done: int | None
    lost: int | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class CopyPlaces:
    """All of them."""

    places: tuple[CopyPlace, ...]


@dataclass(frozen=True, slots=True)
class Restoring:
    """Segments whose files are at other places only, and how many of them are being brought back."""

    remote: int
    asked: int
