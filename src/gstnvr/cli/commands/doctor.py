"""``gstnvr doctor``: what is wrong with this machine, and what to do about it."""

from collections.abc import Iterator

import typer
from rich.console import Console
from rich.text import Text

from gstnvr.cli.configuration import ConfigFile, find_configuration
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.output import AsJson, print_json
from gstnvr.config.load import load
from gstnvr.config.problems import ConfigurationError
from gstnvr.doctor.examination import examine_configured, examine_machine
from gstnvr.doctor.settings import refused
from gstnvr.model.findings import CheckState, Finding, Remedy, warning

_STYLES = {CheckState.OK: "green", CheckState.WARNING: "yellow", CheckState.FAILED: "bold red"}


def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Check the installation, disks, clock, port and limits, and say what to do."""
    findings = [*examine_machine(), *_configured(config)]
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
        yield warning(
            "configuration", str(error), "write one; docs/guide/gstnvr.yaml is an example", Remedy.WRITE_SETTINGS
        )
        return
    except ConfigurationError as error:
        yield from refused(error)
        return
    yield from examine_configured(configuration)


def _passed(findings: list[Finding]) -> bool:
    return all(finding.state is not CheckState.FAILED for finding in findings)


def _as_document(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "state": finding.state, "found": finding.found, "advice": finding.advice}


def _show(findings: list[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        advice = f" → {finding.advice}" if finding.advice else ""
        mark = (f"{finding.state:8}", _STYLES[finding.state])
        console.print(Text.assemble(mark, f" {finding.name}: {finding.found}{advice}"))
