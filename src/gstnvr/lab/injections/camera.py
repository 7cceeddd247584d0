"""Faults of a camera itself."""

import functools
from dataclasses import dataclass

from gstnvr.lab.entries import Mend
from gstnvr.lab.strangers import Stranger, StrangerKind
from gstnvr.lab.world import Site
from gstnvr.simulator.behaviour import Misbehaviour


def nothing() -> None:
    """Mends what needs no mending."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """All goes its way; what matters is in the setting."""

    def begin(self, _: Site) -> Mend:
        return nothing


@dataclass(frozen=True, slots=True)
class Misbehave:
    """The simulated camera does what it is told, and behaves again."""

    orders: tuple[tuple[Misbehaviour, str], ...]

    def begin(self, site: Site) -> Mend:
        for what, value in self.orders:
            site.host.misbehave(what, value)
        return site.host.behave


@dataclass(frozen=True, slots=True)
class Stop:
    """The process of the camera is stopped and goes on."""

    def begin(self, site: Site) -> Mend:
        site.host.stop()
        return site.host.go_on


@dataclass(frozen=True, slots=True)
class Reboot:
    """The camera ends at once, its connections are closed, and it starts again."""

    def begin(self, site: Site) -> Mend:
        site.host.switch_off()
        return site.host.switch_on


@dataclass(frozen=True, slots=True)
class PowerCut:
    """The camera and its network go without a word, and both come back."""

    def begin(self, site: Site) -> Mend:
        host = site.host
        assert host.cable is not None, "takes a network of its own"
        host.cable.pull()
        host.switch_off()

        def mend() -> None:
            assert host.cable is not None
            host.cable.plug_in()
            host.switch_on()

        return mend


@dataclass(frozen=True, slots=True)
class Replace:
    """Something else listens at the camera's address."""

    kind: StrangerKind

    def begin(self, site: Site) -> Mend:
        site.host.replace(functools.partial(Stranger, self.kind))
        return site.host.come_back
