"""How the disks beneath volumes and data folder are."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from gstnvr.config.settings import Settings
from gstnvr.disks.devices import System
from gstnvr.disks.judgement import Limits, Problem, judge_arrays, judge_disk
from gstnvr.disks.mdstat import parse_mdstat
from gstnvr.disks.smart import DiskState, SmartReport
from gstnvr.disks.smartctl import Smartctl, SmartctlMissingError
from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import Severity
from gstnvr.model.findings import Finding, Remedy, failed, ok, warning

_NAME = "disks"
_PATIENCE_S = 10.0


def check_disks(settings: Settings, system: System | None = None) -> Iterator[Finding]:
    """Software RAID, and every disk that has something to say."""
    system = system or System()
    try:
        arrays = parse_mdstat(system.mdstat.read_text())
    except FileNotFoundError:
        arrays = []
    problems = judge_arrays(arrays)
    yield from map(_finding, problems)
    if arrays and not problems:
        yield ok("arrays", f"{', '.join(array.name for array in arrays)}: well")
    folders = [settings.data_dir, *(volume.path for volume in settings.storage.volumes)]
    try:
        names = sorted({disk for folder in folders for disk in system.beneath(_nearest(folder)).disks})
    except OSError as error:
        yield warning(
            _NAME,
            f"which ones are used cannot be told: {error}",
            "only Linux tells; look at them yourself",
            Remedy.ASK_DISKS_YOURSELF,
        )
        return
    if not settings.disks.watch:
        yield ok(_NAME, "are not asked how they are, by setting")
        return
    try:
        reports = asyncio.run(_ask(settings.disks.smartctl, names))
    except SmartctlMissingError as error:
        advice = "install smartmontools to be told before one fails, or set disks.watch: false"
        yield warning(_NAME, f"cannot be asked how they are: {error}", advice, Remedy.INSTALL_PACKAGE)
        return
    for report in reports:
        yield from _of(report, settings)


async def _ask(command: list[str], names: list[str]) -> list[SmartReport]:
    smartctl = Smartctl(_PATIENCE_S)
    return [await smartctl.ask(command, name) for name in names]


def _of(report: SmartReport, settings: Settings) -> Iterator[Finding]:
    if report.state is DiskState.FAILED:
        advice = (
            "only root may ask disks: docs/guide/storage.md has the way for other users; else look at the disk"
        )
        yield warning(
            _NAME,
            f"{report.device} cannot be asked how it is: {report.problem}",
            advice,
            Remedy.ALLOW_ASKING_DISKS,
        )
    elif report.state is not DiskState.READ:
        yield ok(_NAME, f"{report.device}: {report.problem}")
    else:
        disks = settings.disks
        limits = Limits(disks.max_temperature_c, disks.max_ssd_temperature_c, disks.max_wear_percent)
        problems = judge_disk(report, (), limits, frozenset(), SystemClock().utc_ns())
        yield from map(_finding, problems)
        if not problems:
            about = "" if report.temperature_c is None else f", {report.temperature_c} °C"
            yield ok(_NAME, f"{report.device} ({report.model}) is well{about}")


def _finding(problem: Problem) -> Finding:
    what, _, advice = problem.message.rpartition(": ")
    if problem.severity is Severity.HIGH:
        return failed(_NAME, what, advice, Remedy.REPLACE_DISK)
    return warning(_NAME, what, advice, Remedy.LOOK_AT_DISK)


def _nearest(path: Path) -> Path:
    """The folder itself, or the one in which it would be made."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
