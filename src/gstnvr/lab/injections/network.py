"""Faults between a camera and the recorder; they need the camera at the end of a cable."""

from dataclasses import dataclass

from gstnvr.lab.cables import Cable
from gstnvr.lab.entries import Mend
from gstnvr.lab.host_names import forget, make_known
from gstnvr.lab.world import Site


def cable_of(site: Site) -> Cable:
    """The camera's cable."""
    cable = site.host.cable
    assert cable is not None, "takes a network of its own"
    return cable


@dataclass(frozen=True, slots=True)
class PullCable:
    """The cable is pulled out of the camera."""

    def begin(self, site: Site) -> Mend:
        cable = cable_of(site)
        cable.pull()
        return cable.plug_in


@dataclass(frozen=True, slots=True)
class Drop:
    """Packets are lost in one direction or in both."""

    from_camera: bool = True
    to_camera: bool = True
    match: tuple[str, ...] = ()
    """Words of iptables; none: all packets."""

    def begin(self, site: Site) -> Mend:
        cable = cable_of(site)
        if self.from_camera:
            cable.drop(*self.match)
        if self.to_camera:
            cable.drop_to_camera(*self.match)
        return cable.let_through


def share(probability: float) -> tuple[str, ...]:
    """Words of iptables that match this share of the packets, 0 to 1."""
    return ("-m", "statistic", "--mode", "random", "--probability", f"{probability:g}")


@dataclass(frozen=True, slots=True)
class Reject:
    """Packets to the camera are answered with an error."""

    how: str
    """As iptables calls it, e.g. ``icmp-host-unreachable``."""
    match: tuple[str, ...] = ()

    def begin(self, site: Site) -> Mend:
        cable = cable_of(site)
        cable.reject(self.how, *self.match)
        return cable.let_through


@dataclass(frozen=True, slots=True)
class Throttle:
    """The network carries less than the camera sends."""

    kilobits: int
    """A second."""

    def begin(self, site: Site) -> Mend:
        cable = cable_of(site)
        cable.throttle(self.kilobits)
        return cable.unthrottle


@dataclass(frozen=True, slots=True)
class ForgetName:
    """The camera's name leads nowhere."""

    def begin(self, site: Site) -> Mend:
        cable = cable_of(site)
        forget(site.camera)
        return lambda: make_known(site.camera, cable.camera)
