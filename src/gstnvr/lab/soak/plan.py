"""Which fault strikes what, when and for how long: drawn from a seed, the same every time."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """What a fault strikes."""

    CAMERA = "camera"
    SIMULATOR = "simulator"
    """All cameras of one address."""
    VOLUME = "volume"
    PROCESS = "process"
    """The supervisor or a recorder."""
    MACHINE = "machine"


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault as it may be drawn."""

    name: str
    target: Target
    shortest_s: float
    longest_s: float
    """0: it happens in a moment."""
    weight: float = 1.0
    """How often compared with others."""
    only_early: bool = False
    """It ends a process that needs the rest of the time to show whether it grows."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """One fault of a plan; seconds from its beginning."""

    at_s: float
    seconds: float
    kind: Kind
    subject: str
    """Name of the camera or simulator; that of the target for all others."""

    @property
    def end_s(self) -> float:
        return self.at_s + self.seconds

    def __str__(self) -> str:
        return f"{self.kind.name} of {self.subject} for {self.seconds:.1f} s"


EARLY = 1 / 2
"""Of the length of a plan."""
SETTLES_S = 5.0
"""What was struck is left alone so long afterwards."""


def plan(
    seed: int,
    seconds: float,
    kinds: Sequence[Kind],
    cameras: Mapping[str, str],
    mean_pause_s: float,
) -> tuple[PlannedFault, ...]:
    """Draw faults that begin and end within so many seconds, in order of their beginning.

    What is struck is struck by one fault at a time; others may be struck meanwhile.

    Args:
        cameras: simulator of each camera.
        mean_pause_s: between the beginnings of two faults; the pauses are exponentially distributed.
    """
    source = random.Random(seed)  # noqa: S311 - not a secret: the same faults for the same seed
    free_at: dict[str, float] = {}
    drawn: list[PlannedFault] = []
    now = source.expovariate(1 / mean_pause_s)
    while now < seconds:
        kind = source.choices(kinds, [kind.weight for kind in kinds])[0]
        lasts = source.uniform(kind.shortest_s, kind.longest_s)
        subject = _subject(kind.target, cameras, source)
        touched = _touched(kind.target, subject, cameras)
        too_late = kind.only_early and now + lasts > EARLY * seconds
        if not too_late and now + lasts <= seconds and all(free_at.get(one, 0.0) <= now for one in touched):
            drawn.append(PlannedFault(now, lasts, kind, subject))
            free_at |= dict.fromkeys(touched, now + lasts + SETTLES_S)
        now += source.expovariate(1 / mean_pause_s)
    return tuple(drawn)


def _subject(target: Target, cameras: Mapping[str, str], source: random.Random) -> str:
    match target:
        case Target.CAMERA:
            return source.choice(sorted(cameras))
        case Target.SIMULATOR:
            return source.choice(sorted(set(cameras.values())))
        case _:
            return str(target)


def _touched(target: Target, subject: str, cameras: Mapping[str, str]) -> tuple[str, ...]:
    """Names that no other fault may touch meanwhile."""
    if target is not Target.SIMULATOR:
        return (subject,)
    return (subject, *(camera for camera, simulator in cameras.items() if simulator == subject))
