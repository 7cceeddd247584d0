"""One trial of one entry of the catalogue: make the fault, mend it, see what became of the recordings."""

import argparse
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from gstnvr.db.index import Index
from gstnvr.lab.audit import RecordedFile, audit
from gstnvr.lab.catalogue import CATALOGUE
from gstnvr.lab.clock import FakeClock
from gstnvr.lab.entries import FaultEntry, Loss, Need
from gstnvr.lab.faulty_volumes import SECOND
from gstnvr.lab.judge import CameraFacts, TrialFacts, expected_callings, judge
from gstnvr.lab.results import TrialResult, Verdict
from gstnvr.lab.world import NotInTimeError, Site, World
from gstnvr.lab.world_builder import CameraPlan, WorldPlan, open_world
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, SegmentState

SUFFERING, BYSTANDER = "suffering", "bystander"
HEALTHY_AFTER_S = 2.0
_HEALTHY_FOR_S = 3.5
_STEADY_S = 3.5
_STARTED_WITHIN_S = 40.0
_GRACE_S = 15.0
"""A fault that outlasts its limit so long is given up."""

SECTIONS: dict[str, dict[str, Any]] = {
    "session": {"healthy_after_s": HEALTHY_AFTER_S},
    "recording": {"segment_s": 600, "sync_interval_s": 1},
}


def run_trial(entry: FaultEntry, place: Path, *, contained: bool) -> TrialResult:
    """Try it; what goes wrong with the trial itself is a problem of the row.

    Args:
        place: an empty directory of its own, with a short path.
        contained: the process has network, mounts and process ids of its own.
    """
    began = time.monotonic()
    try:
        facts = observe(entry, place, contained=contained)
    except (OSError, RuntimeError, NotInTimeError, AssertionError, subprocess.SubprocessError) as error:
        return TrialResult(
            name=entry.name,
            group=entry.group,
            how=entry.how,
            verdict=Verdict.FAILING,
            expected=expected_callings(entry),
            problems=(f"the trial broke off: {type(error).__name__}: {error}",),
            took_s=time.monotonic() - began,
        )
    return judge(entry, facts, time.monotonic() - began)


def observe(entry: FaultEntry, place: Path, *, contained: bool) -> TrialFacts:
    """Try it, and judge nothing; arguments as of ``run_trial``.

    Raises:
        NotInTimeError: the cameras were not recorded in the first place.
        OSError, RuntimeError: the fault could not be made or mended.
    """
    with open_world(place, _plan(entry, place, contained=contained)) as world:
        return _try(entry, world)


def _plan(entry: FaultEntry, place: Path, *, contained: bool) -> WorldPlan:
    setting = entry.setting
    sections = {name: dict(section) for name, section in SECTIONS.items()}
    for name, section in setting.sections.items():
        sections.setdefault(name, {}).update(section)
    return WorldPlan(
        cameras={
            SUFFERING: CameraPlan(
                setting.source,
                setting.simulator,
                setting.camera,
                by_name=setting.by_name,
                encrypted=setting.encrypted,
                fallback=setting.fallback,
            ),
            BYSTANDER: CameraPlan(setting.source),
        },
        volume=setting.volume(place),
        second=None if setting.second is None else setting.second(place / SECOND),
        second_settings=setting.second_settings,
        sections=sections,
        contained=contained,
        fake_clock=Need.FAKETIME in entry.needs,
        leaky=setting.leaky,
        small_data_dir=setting.small_data_dir,
        postgresql=Need.POSTGRESQL in entry.needs,
        copied=setting.copied,
    )


def _try(entry: FaultEntry, world: World) -> TrialFacts:
    if not entry.from_start:
        world.product.start()
        world.wait_until_recorded(_STARTED_WITHIN_S, _HEALTHY_FOR_S)
    for host in world.hosts.values():
        host.watch_lateness()
    injected = _now()
    mend = entry.injection.begin(Site(world, SUFFERING))
    if entry.from_start:
        world.product.start()
        world.wait_until_it_answers(_STARTED_WITHIN_S)
    time.sleep(entry.lasts_s)
    mended = injected
    if entry.lasts_s:
        mend()
        mended = _now()
    problems = list(_end(entry, world))
    for host in world.hosts.values():
        host.note_loop()
        host.note_lateness()
    return _found(entry, world, injected, mended, problems)


def _end(entry: FaultEntry, world: World) -> Iterator[str]:
    """Wait until all is well again, and stop; tells what is not."""
    try:
        world.wait_until_recorded((entry.expected.back_s or entry.expected.noticed_s) + _GRACE_S, _STEADY_S)
    except NotInTimeError as error:
        yield str(error)
    try:
        code = world.product.stop()
    except subprocess.TimeoutExpired:
        yield "gstnvr did not end when it was told to"
        return
    if code != 0:
        yield f"gstnvr ended with code {code}"
    left = world.product.recorders()
    if left:
        yield f"{len(left)} recorders were left behind"
    checked = world.product.check()
    if checked.returncode != 0 and entry.expected.clean:
        findings = [line.strip() for line in checked.stdout.splitlines() if line.startswith("        ")]
        yield f"gstnvr check: {'; '.join(findings) or checked.stderr.strip()}"


def _found(entry: FaultEntry, world: World, injected: UtcNs, mended: UtcNs, problems: Sequence[str]) -> TrialFacts:
    with world.product.index() as index:
        incidents = [_real_incident(one, world.clock) for one in index.incidents()]
        cameras = {name: _camera_facts(name, world, index, incidents, entry) for name in world.hosts}
    if entry.from_start:
        asked = [gap.start for gap in cameras[SUFFERING].gaps]
        injected = min(asked, default=injected)
    others = tuple(one for one in incidents if one.camera is None)
    return TrialFacts(injected, mended, SUFFERING, cameras, others, tuple(problems))


def _camera_facts(
    name: str, world: World, index: Index, incidents: Sequence[Incident], entry: FaultEntry
) -> CameraFacts:
    stream, clock = StreamId(CameraId(name), StreamKind.MAIN), world.clock
    segments = sorted(
        (
            replace(one, start=clock.real(one.start), end=clock.real(one.end))
            for one in index.segments(stream)
            if one.state is not SegmentState.MISSING
        ),
        key=lambda one: one.start,
    )
    places = {volume.uuid: Path(volume.path) for volume in index.volumes()}
    files = [RecordedFile(places[one.volume] / one.path, one.start) for one in segments]
    loops = world.hosts[name].loops
    own = entry.expected.loss is Loss.CAMERAS_OWN and name == SUFFERING
    return CameraFacts(
        tuple(segments),
        tuple(_real_gap(gap, clock) for gap in index.gaps(stream)),
        tuple(one for one in incidents if one.camera == name),
        audit([] if own else files, *loops),
        len(loops[0].video) / loops[0].length_ns * 1e9,
        world.hosts[name].late_s,
    )


def _real_gap(gap: Gap, clock: FakeClock) -> Gap:
    return replace(gap, start=clock.real(gap.start), end=None if gap.end is None else clock.real(gap.end))


def _real_incident(one: Incident, clock: FakeClock) -> Incident:
    recovered = None if one.recovered is None else clock.real(one.recovered)
    return replace(one, detected=clock.real(one.detected), recovered=recovered)


def _now() -> UtcNs:
    return UtcNs(time.time_ns())


def _as_first_process() -> None:
    """Let another process do the work where ours is the first of its kind, and has to bury all that die."""
    worker = os.fork()
    while worker:
        ended, status = os.wait()
        if ended == worker:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def main() -> None:
    """``python -m gstnvr.lab.trial NAME PLACE RESULT [--contained]``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("place", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--contained", action="store_true")
    options = parser.parse_args()
    if os.getpid() == 1:
        _as_first_process()
    entry = next(one for one in CATALOGUE if one.name == options.name)
    result = run_trial(entry, options.place, contained=options.contained)
    options.result.write_bytes(msgspec.json.encode(result))


if __name__ == "__main__":
    main()
