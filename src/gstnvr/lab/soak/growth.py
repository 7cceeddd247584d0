"""Whether a figure that should stay flat over hours does."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

WARM_UP_S = 1800.0
"""In which caches fill and memory is broken up for the first time, at the beginning of a process's life. The news
that are kept for listeners alone take twenty minutes."""
APART_S = 600.0
"""Two readings that are nearer to each other say little about hours."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure at one moment."""

    at_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure is called, and how much it may grow."""

    name: str
    unit: str
    per_hour: float


@dataclass(frozen=True, slots=True)
class Growth:
    """How a figure changed."""

    limit: Limit
    typical: float
    highest: float
    per_hour: float
    """Median of the slopes between all pairs of readings (Theil and Sen), which outliers do not move."""

    @property
    def flat(self) -> bool:
        return self.per_hour <= self.limit.per_hour

    def line(self) -> str:
        """For a person."""
        verdict = "flat" if self.flat else f"GROWS, {self.limit.per_hour:g} are allowed"
        return (
            f"{self.limit.name}: median {self.typical:.1f}, highest {self.highest:.1f} {self.limit.unit},"
            f" {self.per_hour:+.2f} an hour: {verdict}"
        )


def growth(limit: Limit, lives: Sequence[Sequence[Reading]]) -> Growth | None:
    """Judge readings of one or more processes, each from its start; None: too few to say anything."""
    settled = [_settled(life) for life in lives if life]
    slopes = [slope for life in settled for slope in _slopes(life)]
    if not slopes:
        return None
    values = [reading.value for life in settled for reading in life]
    return Growth(limit, median(values), max(values), 3600 * median(slopes))


def _settled(life: Sequence[Reading]) -> list[Reading]:
    return [reading for reading in life if reading.at_s >= life[0].at_s + WARM_UP_S]


def _slopes(life: Sequence[Reading]) -> list[float]:
    return [
        (later.value - sooner.value) / (later.at_s - sooner.at_s)
        for index, sooner in enumerate(life)
        for later in life[index + 1 :]
        if later.at_s - sooner.at_s >= APART_S
    ]
