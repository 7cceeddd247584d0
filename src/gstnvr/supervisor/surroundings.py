"""What the supervisor works with."""

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from gstnvr.disks.devices import System
from gstnvr.model.clock import Clock, SystemClock
from gstnvr.supervisor.recording.office import Patience
from gstnvr.supervisor.recording.software import INVENTORY
from gstnvr.supervisor.volumes.mirrors import MirrorRhythm
from gstnvr.supervisor.volumes.retention import Rhythm
from gstnvr.supervisor.volumes.tiers import TierRhythm

_RECORDER = (sys.executable, "-m", "gstnvr.recorder")


def _to_console(lines: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it, or it is closed
        sys.stdout.write(f"{lines}\n")
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Only tests take another than this."""

    recorder: tuple[str, ...] = _RECORDER
    inventory: tuple[str, ...] = INVENTORY
    errors: int = 2
    """Descriptor of the file that takes what recorders log."""
    patience: Patience = field(default_factory=Patience)
    retention: Rhythm = field(default_factory=Rhythm)
    mirrors: MirrorRhythm = field(default_factory=MirrorRhythm)
    tiers: TierRhythm = field(default_factory=TierRhythm)
    clock: Clock = field(default_factory=SystemClock)
    watch_interval_s: float = 1.0
    system: System = field(default_factory=System)
    announce: Callable[[str], None] = _to_console
    """Shows lines to whoever started gstnvr; they may hold a secret."""
    database: str | None = None
    """Address of another database than the one in ``data_dir``."""
