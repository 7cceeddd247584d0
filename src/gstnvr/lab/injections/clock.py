"""Faults of the machine's clock, as the product sees it."""

import time
from dataclasses import dataclass

from gstnvr.lab.entries import Mend
from gstnvr.lab.injections.camera import nothing
from gstnvr.lab.world import Site
from gstnvr.model.clock import UtcNs


@dataclass(frozen=True, slots=True)
class SetClock:
    """The wall clock is set forward, or back if negative; processes follow within a second."""

    seconds: float

    def begin(self, site: Site) -> Mend:
        site.world.clock.set(self.seconds, UtcNs(time.time_ns()))
        return nothing
