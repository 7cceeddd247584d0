"""Readings of disks over weeks, in a file: whether defects grow is told over restarts, too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gstnvr.disks.judgement import DAY_NS, LOOK_BACK_NS, Reading
from gstnvr.model.clock import UtcNs
from gstnvr.volume.small_files import write_small_file


@dataclass(frozen=True, slots=True)
class History:
    """By serial number; one reading a day."""

    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)

    def of(self, key: str) -> tuple[Reading, ...]:
        """Of one disk, oldest first."""
        return self.readings.get(key, ())

    def with_reading(self, key: str, reading: Reading) -> "History":
        """The same history if today's reading is there already."""
        known = self.of(key)
        if known and 0 <= reading.at - known[-1].at < DAY_NS:
            return self
        recent = [one for one in known if reading.at - LOOK_BACK_NS <= one.at < reading.at]
        return History({**self.readings, key: (*recent, reading)})

    def without_old(self, now: UtcNs) -> "History":
        """Without disks that were not seen for twice as long as readings count."""
        kept = {key: known for key, known in self.readings.items() if now - known[-1].at <= 2 * LOOK_BACK_NS}
        return History(kept)


def read_history(path: Path) -> History:
    """From its file; an empty one if there is none or it is damaged: then growth is told from now on. Blocks."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=History)
    except (OSError, msgspec.DecodeError):
        return History()


def write_history(path: Path, history: History) -> None:
    """Replace the file as a whole. Blocks.

    Raises:
        OSError: it cannot be written.
    """
    write_small_file(path.parent, path.name, msgspec.json.encode(history))
