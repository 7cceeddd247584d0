"""Cameras that mean harm."""

from collections.abc import Sequence
from dataclasses import dataclass

from gstnvr.lab.entries import Mend
from gstnvr.lab.hostile.process import HostileCameras
from gstnvr.lab.world import Site


@dataclass(frozen=True, slots=True)
class ReplaceByHostile:
    """A hostile camera takes the place of the camera, and the camera comes back."""

    case: str

    def begin(self, site: Site) -> Mend:
        def make(host: str, port: int, prefix: Sequence[str]) -> HostileCameras:
            return HostileCameras([self.case], host=host, port=port, prefix=prefix)

        site.host.replace(make)
        return site.host.come_back
