"""The faults of a soak: how each begins and how it ends."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

from gstnvr.lab.faulty_volumes import FILLER, allow_changes, fill, forbid_changes
from gstnvr.lab.soak.plan import Kind, PlannedFault, Target
from gstnvr.lab.soak.world import World
from gstnvr.simulator.behaviour import Misbehaviour

Act = Callable[[World, PlannedFault], object]


def _nothing(_world: World, _fault: PlannedFault) -> None:
    return


@dataclass(frozen=True, slots=True)
class Recipe:
    """A kind of fault with what it does."""

    kind: Kind
    begin: Act
    end: Act = _nothing


def _camera(what: Misbehaviour, longest_s: float, value: str = "", weight: float = 1.0) -> Recipe:
    """Lasts for a while."""

    def begin(world: World, fault: PlannedFault) -> None:
        world.simulator_of(fault.subject).control.do(what, fault.subject, value)

    def end(world: World, fault: PlannedFault) -> None:
        world.simulator_of(fault.subject).control.clear(fault.subject, what)

    name = f"{what} {value}".strip()
    return Recipe(Kind(name, Target.CAMERA, 0.5, longest_s, weight), begin, end)


def _moment(what: Misbehaviour, value: str) -> Recipe:
    """Happens once."""

    def begin(world: World, fault: PlannedFault) -> None:
        world.simulator_of(fault.subject).control.do(what, fault.subject, value)

    return Recipe(Kind(f"{what} {value}", Target.CAMERA, 0, 0), begin)


def _recipe(
    name: str,
    target: Target,
    seconds: tuple[float, float],
    begin: Act,
    end: Act = _nothing,
    *,
    weight: float = 1,
    only_early: bool = False,
) -> Recipe:
    return Recipe(Kind(name, target, *seconds, weight, only_early), begin, end)


def _switch_off(world: World, fault: PlannedFault) -> None:
    world.product.settings.cameras[fault.subject]["enabled"] = False
    world.product.write_settings()


def _switch_on(world: World, fault: PlannedFault) -> None:
    del world.product.settings.cameras[fault.subject]["enabled"]
    world.product.write_settings()


def _fill(world: World, _fault: PlannedFault) -> None:
    fill(world.volume.path / FILLER)


def _empty(world: World, _fault: PlannedFault) -> None:
    (world.volume.path / FILLER).unlink()


def _kill_recorder(world: World, _fault: PlannedFault) -> None:
    world.signal_youngest_recorder(signal.SIGKILL)


def _freeze_recorder(world: World, _fault: PlannedFault) -> None:
    world.signal_youngest_recorder(signal.SIGSTOP)


def _thaw_recorders(world: World, _fault: PlannedFault) -> None:
    for process in world.product.recorders():
        os.kill(process.pid, signal.SIGCONT)


def _signal_simulator(number: signal.Signals) -> Act:
    return lambda world, fault: os.kill(world.simulators[fault.subject].pid, number)


RECIPES = (
    _camera(Misbehaviour.FREEZE, 25),
    _camera(Misbehaviour.SILENT, 15, weight=2),
    _camera(Misbehaviour.DEAF, 15),
    _camera(Misbehaviour.VIDEO_SILENT, 15),
    _camera(Misbehaviour.NO_AUDIO, 20),
    _camera(Misbehaviour.UNAUTHORIZED, 10, weight=0.5),
    _camera(Misbehaviour.NOT_FOUND, 20),
    _camera(Misbehaviour.REJECT, 20),
    _camera(Misbehaviour.SLOW_ANSWER, 20, "1.5"),
    _moment(Misbehaviour.DISCONNECT, "fin"),
    _moment(Misbehaviour.DISCONNECT, "rst"),
    _moment(Misbehaviour.DISCONNECT, "bye"),
    _moment(Misbehaviour.JUMP, "60"),
    _moment(Misbehaviour.JUMP, "3600"),
    _moment(Misbehaviour.JUMP, "-10"),
    _recipe("camera switched off", Target.CAMERA, (3, 20), _switch_off, _switch_on),
    _recipe(
        "cable pulled",
        Target.SIMULATOR,
        (0.5, 30),
        lambda world, fault: world.cables[fault.subject].pull(),
        lambda world, fault: world.cables[fault.subject].plug_in(),
    ),
    _recipe(
        "packets lost on the way",
        Target.SIMULATOR,
        (0.5, 20),
        lambda world, fault: world.cables[fault.subject].drop(),
        lambda world, fault: world.cables[fault.subject].let_through(),
    ),
    _recipe(
        "cameras killed",
        Target.SIMULATOR,
        (2, 40),
        lambda world, fault: world.simulators[fault.subject].kill(),
        lambda world, fault: world.simulators[fault.subject].restart(),
    ),
    _recipe(
        "cameras stopped",
        Target.SIMULATOR,
        (0.5, 20),
        _signal_simulator(signal.SIGSTOP),
        _signal_simulator(signal.SIGCONT),
    ),
    _recipe("disk full", Target.VOLUME, (1, 45), _fill, _empty, weight=2),
    _recipe(
        "disk may not be written",
        Target.VOLUME,
        (1, 20),
        lambda world, _: forbid_changes(world.volume.path),
        lambda world, _: allow_changes(world.volume.path),
    ),
    _recipe(
        "disk unmounted",
        Target.VOLUME,
        (1, 45),
        lambda world, _: world.volume.unmount(),
        lambda world, _: world.volume.mount_device(),
        weight=2,
    ),
    _recipe(
        "disk lost",
        Target.VOLUME,
        (1, 45),
        lambda world, _: world.volume.lose_device(),
        lambda world, _: world.volume.mount_anew(),
        weight=2,
    ),
    _recipe("recorder killed", Target.PROCESS, (0, 0), _kill_recorder, only_early=True),
    _recipe(
        "recorder stopped",
        Target.PROCESS,
        (1, 15),
        _freeze_recorder,
        _thaw_recorders,
        weight=0.5,
        only_early=True,
    ),
    _recipe(
        "supervisor killed",
        Target.PROCESS,
        (1, 20),
        lambda world, _: world.product.kill_supervisor(),
        lambda world, _: world.product.start(),
        weight=2,
        only_early=True,
    ),
    _recipe(
        "service stopped",
        Target.PROCESS,
        (1, 5),
        lambda world, _: world.product.stop(),
        lambda world, _: world.product.start(),
        weight=0.5,
        only_early=True,
    ),
    _recipe(
        "database locked",
        Target.PROCESS,
        (1, 30),
        lambda world, _: world.lock_database(),
        lambda world, _: world.unlock_database(),
    ),
    _recipe(
        "CPU taken away",
        Target.MACHINE,
        (2, 10),
        lambda world, _: world.begin_hogging(),
        lambda world, _: world.end_hogging(),
    ),
)
