"""``gstnvr check``: whether index and files agree."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.output import AsJson, print_json
from gstnvr.cli.rebuilding import as_document, rebuild_index, show
from gstnvr.config.database_address import database_address
from gstnvr.config.load import load
from gstnvr.config.secrets import SecretError
from gstnvr.config.settings import Settings
from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.db.index import Index
from gstnvr.model.clock import SystemClock
from gstnvr.storage.check import CheckReport
from gstnvr.storage.check import check as check_storage
from gstnvr.storage.invariants import INVARIANTS, Finding
from gstnvr.supervisor.lock import is_locked
from gstnvr.supervisor.places import DATABASE, recorder_lives


def check(
    config: ConfigFile = None,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended, then check again.")] = False,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild", help="Make the index anew from the volumes alone, then check it; not while running."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the index against the files, one invariant after the other."""
    settings = load(find_configuration(config), secrets=False).settings
    rebuilt = rebuild_index(settings) if rebuild else None
    running = is_locked(settings.data_dir) or recorder_lives(settings.data_dir)
    report = _check(settings, running=running, repair=repair)
    if as_json:
        document = _as_document(report, running=running)
        print_json(document if rebuilt is None else document | {"rebuilt": as_document(rebuilt)})
    else:
        if rebuilt is not None:
            show(rebuilt)
        _show(report, running=running)
    if not report.clean or (
        rebuilt is not None and rebuilt.comparison is not None and rebuilt.comparison.differences
    ):
        raise typer.Exit(ExitCode.PROBLEMS)


def _check(settings: Settings, *, running: bool, repair: bool) -> CheckReport:
    database = settings.data_dir / DATABASE
    if settings.database.url is None and not database.exists():
        raise CommandError(f"there is no index at {database}: nothing was recorded yet", ExitCode.ENVIRONMENT)
    try:
        with Index.open(database_address(settings.database, database)) as index:
            return check_storage(
                index, index.volumes(), now=SystemClock().utc_ns(), running=running, repair=repair
            )
    except (DatabaseUnusableError, SecretError, OSError) as error:
        raise CommandError(str(error), ExitCode.ENVIRONMENT) from None


def _as_document(report: CheckReport, *, running: bool) -> dict[str, Any]:
    return {
        "ok": report.clean,
        "running": running,
        "invariants": [
            {
                "number": invariant.number,
                "title": invariant.title,
                "ok": not _of(report.remaining, invariant.number),
                "findings": [_finding(finding) for finding in _of(report.remaining, invariant.number)],
            }
            for invariant in INVARIANTS
        ],
        "changes": [
            {"action": change.action, "where": change.where, "message": change.message}
            for change in report.changes
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "camera": finding.camera,
        "where": finding.where,
        "message": finding.message,
        "repairable": finding.repairable,
    }


def _of(findings: tuple[Finding, ...], number: int) -> list[Finding]:
    return [finding for finding in findings if finding.invariant == number]


def _show(report: CheckReport, *, running: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if running:
        console.print("gstnvr is running: what is being written is left out")
    for change in report.changes:
        console.print(Text(f"repaired {change.where}: {change.message}"))
    for invariant in INVARIANTS:
        findings = _of(report.remaining, invariant.number)
        mark = ("failed", "bold red") if findings else ("ok", "green")
        console.print(Text.assemble((f"{mark[0]:7}", mark[1]), f" {invariant.number}. {invariant.title}"))
        for finding in findings:
            console.print(Text(f"           {finding.where}: {finding.message}"))
    if any(finding.repairable for finding in report.remaining):
        console.print("gstnvr check --repair mends what can be mended")
