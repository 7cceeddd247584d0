"""``gstnvr doctor``: what is wrong with this machine, and what to do about it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

import typer
from rich.console import Console
from rich.text import Text

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.doctor.disks import check_disks
from gstnvr.cli.doctor.finding import Finding, State, failed, warning
from gstnvr.cli.doctor.folders import check_folders
from gstnvr.cli.doctor.machine import check_clock, check_limits, check_port
from gstnvr.cli.doctor.settings import check_configuration, refused
from gstnvr.cli.doctor.software import check_software
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.output import AsJson, print_json
from gstnvr.config.load import load
from gstnvr.config.problems import ConfigurationError

Check = Callable[[], Iterator[Finding]]

_PATIENCE_S = 15.0
_DISK_PATIENCE_S = 60.0
_SOFTWARE_PATIENCE_S = 180.0
_STYLES = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red"}


def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check the installation, disks, clock, port and limits, and say what to do."""
    findings = list(_within(_SOFTWARE_PATIENCE_S, "software", check_software))
    findings += _within(_PATIENCE_S, "clock", check_clock)
    findings += _configured(config)
    if as_json:
        print_json({"ok": _passed(findings), "checks": [_as_document(finding) for finding in findings]})
    else:
        _show(findings)
    if not _passed(findings):
        raise typer.Exit(ExitCode.PROBLEMS)


def _configured(config: ConfigFile) -> Iterator[Finding]:
    """Everything that depends on the configuration file."""
    try:
        configuration = load(find_configuration(config), secrets=False)
    except CommandError as error:
        yield warning("configuration", str(error), "write one; docs/guide/gstnvr.yaml is an example")
        return
    except ConfigurationError as error:
        yield from refused(error)
        return
    settings = configuration.settings
    yield from _within(_PATIENCE_S, "configuration", partial(check_configuration, configuration))
    yield from _within(_PATIENCE_S, "folders", partial(check_folders, settings))
    yield from _within(_DISK_PATIENCE_S, "disks", partial(check_disks, settings))
    yield from _within(_PATIENCE_S, "port", partial(check_port, settings))
    yield from _within(_PATIENCE_S, "open files", partial(check_limits, settings))


def _within(patience_s: float, name: str, check: Check) -> list[Finding]:
    """On a thread that may hang for ever, as reading from a disk or server that is gone does."""
    answer: Future[list[Finding]] = Future()
    threading.Thread(target=_run, args=(check, answer), daemon=True).start()
    try:
        return answer.result(patience_s)
    except TimeoutError:
        advice = "look at the disks and the network file systems"
        return [failed(name, f"no answer within {patience_s:g} seconds", advice)]


def _run(check: Check, answer: Future[list[Finding]]) -> None:
    try:
        answer.set_result(list(check()))
    except Exception as error:  # noqa: BLE001 - raised again where the answer is awaited
        answer.set_exception(error)


def _passed(findings: list[Finding]) -> bool:
    return all(finding.state is not State.FAILED for finding in findings)


def _as_document(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "state": finding.state, "found": finding.found, "advice": finding.advice}


def _show(findings: list[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        advice = f" → {finding.advice}" if finding.advice else ""
        mark = (f"{finding.state:8}", _STYLES[finding.state])
        console.print(Text.assemble(mark, f" {finding.name}: {finding.found}{advice}"))
