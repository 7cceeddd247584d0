"""Memory, descriptors and threads of the product's processes, and the size of its database, over time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from gstnvr.lab.soak.growth import Growth, Limit, Reading, growth

_LIMITS = {
    "supervisor": (
        Limit("memory of the supervisor (private)", "MB", 4),
        Limit("descriptors of the supervisor", "", 2),
        Limit("threads of the supervisor", "", 1),
    ),
    "recorder": (
        Limit("memory of a recorder (private)", "MB", 6),
        Limit("descriptors of a recorder", "", 2),
        Limit("threads of a recorder", "", 2),
    ),
}
_DATABASE = Limit("database for each entry", "bytes", 50)


@dataclass(slots=True)
class Readings:
    """Collected while a soak runs."""

    _lives: dict[tuple[Limit, int], list[Reading]] = field(default_factory=lambda: defaultdict(list))

    def take(self, now: float, role: str, process: psutil.Process) -> None:
        """Read the figures of a process; one that is gone by now has none."""
        try:
            key = hash((process.pid, process.create_time()))
            memory = process.memory_full_info().uss / 1e6
            figures = (memory, process.num_fds(), process.num_threads())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return
        for limit, value in zip(_LIMITS[role], figures, strict=True):
            self._lives[limit, key].append(Reading(now, float(value)))

    def take_database(self, now: float, files: Iterable[Path], entries: int) -> None:
        """Read its size, all its files together."""
        size = sum(path.stat().st_size for path in files if path.exists())
        if entries:
            self._lives[_DATABASE, 0].append(Reading(now, size / entries))

    def lines(self) -> Iterator[str]:
        """All of them, as comma-separated values: figure, process, seconds since the beginning, value."""
        yield "figure,process,seconds,value"
        processes = {key: number for number, key in enumerate(dict.fromkeys(key for _, key in self._lives), 1)}
        for (limit, key), life in self._lives.items():
            for reading in life:
                yield f"{limit.name},{processes[key]},{reading.at_s:.0f},{reading.value:.3f}"

    def growths(self) -> Iterator[Growth]:
        """Of every figure that was read for long enough."""
        for limit in dict.fromkeys(limit for limit, _ in self._lives):
            lives = [life for (of, _), life in self._lives.items() if of == limit]
            found = growth(limit, lives)
            if found is not None:
                yield found
