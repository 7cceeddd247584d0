"""Faults of gstnvr's own processes."""

import os
import signal
from dataclasses import dataclass

from gstnvr.lab.entries import Mend
from gstnvr.lab.injections.camera import nothing
from gstnvr.lab.leaks import leak_order
from gstnvr.lab.world import Site


@dataclass(frozen=True, slots=True)
class SignalRecorder:
    """The recorder gets a signal."""

    number: signal.Signals

    def begin(self, site: Site) -> Mend:
        (recorder,) = site.world.product.recorders()
        recorder.send_signal(self.number)
        return nothing


@dataclass(frozen=True, slots=True)
class KillSupervisor:
    """The supervisor is killed, and started again as systemd would."""

    with_recorders: bool = False

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        recorders = product.recorders() if self.with_recorders else []
        product.kill_supervisor()
        for recorder in recorders:
            recorder.kill()
        return product.start


@dataclass(frozen=True, slots=True)
class StopSupervisor:
    """The process of the supervisor is stopped and goes on."""

    def begin(self, site: Site) -> Mend:
        pid = site.world.product.supervisor_pid
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class Leak:
    """The recorder takes more memory and never gives it back; takes a world in which it can be told to."""

    megabytes: int

    def begin(self, site: Site) -> Mend:
        (recorder,) = site.world.product.recorders()
        order = leak_order(site.world.product.folder)
        new = order.with_suffix(".new")
        new.write_text(f"{recorder.pid} {self.megabytes}")
        new.rename(order)
        return nothing


@dataclass(frozen=True, slots=True)
class RestartRecorders:
    """``gstnvr restart-recorders``, as after an upgrade."""

    def begin(self, site: Site) -> Mend:
        done = site.world.product.run_command("restart-recorders")
        if done.returncode:
            raise RuntimeError(f"gstnvr restart-recorders: {done.stderr.strip()}")
        return nothing


@dataclass(frozen=True, slots=True)
class Restart:
    """gstnvr is asked to end, and started again."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.stop()
        return product.start
