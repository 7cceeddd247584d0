"""Several faults at once."""

from dataclasses import dataclass

from gstnvr.lab.entries import Injection, Mend
from gstnvr.lab.world import Site


@dataclass(frozen=True, slots=True)
class Together:
    """Made one after the other, mended in the opposite order."""

    parts: tuple[Injection, ...]

    def begin(self, site: Site) -> Mend:
        mends = [part.begin(site) for part in self.parts]

        def mend() -> None:
            for one in reversed(mends):
                one()

        return mend
