"""Networks of simulated cameras: each in a network namespace of its own, at the end of a cable that can be cut.

Only for a process that was given a network and mounts of its own, see ``contained``.
"""

from dataclasses import dataclass
from pathlib import Path

from gstnvr.lab.commands import run

_NAMES = Path("/run/netns")
_FAR = "eth0"


def begin_networks() -> None:
    """Bring loopback to life, and keep the names of namespaces to ourselves."""
    run("ip", "link", "set", "lo", "up")
    _NAMES.mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "gstnvr-lab", _NAMES)


@dataclass(frozen=True, slots=True)
class Cable:
    """Between this network and that of one camera."""

    name: str
    """Of the camera's network, and of this end."""
    number: int
    """1 to 250; gives the addresses."""

    @property
    def here(self) -> str:
        """Address of this end."""
        return f"10.77.{self.number}.1"

    @property
    def camera(self) -> str:
        """Address of the camera."""
        return f"10.77.{self.number}.2"

    @property
    def inside(self) -> tuple[str, ...]:
        """Command in front of another that is to run in the camera's network.

        Not ``ip netns exec``: it makes copies of all mounts, which keep a lost disk alive.
        """
        return ("nsenter", f"--net={_NAMES / self.name}")

    def lay(self) -> None:
        """Make the camera's network and connect it."""
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self.name, "type", "veth", "peer", "name", _FAR, "netns", self.name)
        run("ip", "address", "add", f"{self.here}/30", "dev", self.name)
        run("ip", "link", "set", self.name, "up")
        run(*self.inside, "ip", "link", "set", "lo", "up")
        run(*self.inside, "ip", "address", "add", f"{self.camera}/30", "dev", _FAR)
        self.plug_in()

    def plug_in(self) -> None:
        """Connect the camera's end, with its way to multicast and everything else."""
        run(*self.inside, "ip", "link", "set", _FAR, "up")
        run(*self.inside, "ip", "route", "replace", "default", "via", self.here)

    def pull(self) -> None:
        """Disconnect the camera's end; this end loses its carrier."""
        run(*self.inside, "ip", "link", "set", _FAR, "down")

    def drop(self, *match: str) -> None:
        """Lose packets that the camera sends and that match these words of iptables; undone by ``let_through``."""
        run("iptables", "-A", "INPUT", "-i", self.name, *match, "-j", "DROP")

    def drop_to_camera(self, *match: str) -> None:
        """Lose packets that are sent to the camera."""
        run("iptables", "-A", "OUTPUT", "-o", self.name, *match, "-j", "DROP")

    def reject(self, how: str, *match: str) -> None:
        """Answer packets to the camera with an error, e.g. ``icmp-host-unreachable``."""
        run("iptables", "-A", "OUTPUT", "-o", self.name, *match, "-j", "REJECT", "--reject-with", how)

    def let_through(self) -> None:
        """Undo all rules for this cable."""
        for chain, side in (("INPUT", "-i"), ("OUTPUT", "-o")):
            for rule in run("iptables", "-S", chain).splitlines():
                words = rule.split()
                if rule.startswith("-A") and words[words.index(side) + 1] == self.name:
                    run("iptables", "-D", *words[1:])

    def throttle(self, kilobits: int) -> None:
        """Let the camera send so much a second, with a queue of 256 KiB in front."""
        limit = ("rate", f"{kilobits}kbit", "burst", "4kb", "limit", "256kb")
        run(*self.inside, "tc", "qdisc", "replace", "dev", _FAR, "root", "tbf", *limit)

    def unthrottle(self) -> None:
        """Let it send as fast as it can again; what waits is sent and not dropped."""
        fast = ("rate", "10gbit", "burst", "10mb", "limit", "10mb")
        run(*self.inside, "tc", "qdisc", "change", "dev", _FAR, "root", "tbf", *fast)
