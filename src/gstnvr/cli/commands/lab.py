"""``gstnvr lab``: make every fault there is, and see what becomes of the recordings."""

import shutil
import tempfile
import time
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.lab.capabilities import available, versions
from gstnvr.lab.catalogue import CATALOGUE
from gstnvr.lab.entries import FaultEntry, Group, Need
from gstnvr.lab.report import family_times
from gstnvr.lab.report import markdown as as_markdown
from gstnvr.lab.results import Report, TrialResult, Verdict, renewed
from gstnvr.lab.runner import repeated, run_trials, usual_jobs

USUAL_JOBS = usual_jobs()


def lab(
    *,
    only: Annotated[
        list[str] | None, typer.Option(help="Only faults with this name; * stands for anything. May be repeated.")
    ] = None,
    group: Annotated[Group | None, typer.Option(help="Only faults of this group.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="So many at once.")] = USUAL_JOBS,
    repeat: Annotated[int, typer.Option(min=1, help="Try those so often whose times are summed up.")] = 1,
    as_list: Annotated[bool, typer.Option("--list", help="Tell what there is, and try nothing.")] = False,
    renew: Annotated[
        Path | None, typer.Option(help="JSON of an earlier run: what is not tried now is taken from it.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the results there as JSON.")] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", help="Write the results there as a document.")
    ] = None,
) -> None:
    """Make every fault of the catalogue for real, and see what gstnvr makes of it."""
    entries = [entry for entry in CATALOGUE if _is_wanted(entry, only, group)]
    if not entries:
        raise CommandError("no such fault; gstnvr lab --list tells what there is", ExitCode.USAGE)
    if as_list:
        for entry in entries:
            typer.echo(f"{entry.name:28} {entry.group:14} {entry.how}")
        return
    offered = available()
    if Need.ROOT not in offered:
        typer.echo("without root, and without iproute2, iptables and e2fsprogs, most faults cannot be made here")
    began = time.monotonic()
    place = Path(tempfile.mkdtemp(prefix="gstnvr-lab-"))
    results = run_trials(repeated(entries, repeat), offered, jobs, _show, place)
    report = Report(f"{datetime.now(UTC):%Y-%m-%d %H:%M}", versions(), tuple(results))
    if renew is not None:
        report = _renewed(renew, report)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    if markdown_file is not None:
        markdown_file.write_text(as_markdown(report))
    _show_times(results)
    failing = [one for one in results if one.verdict is Verdict.FAILING]
    skipped = [one for one in results if one.verdict is Verdict.SKIPPED]
    typer.echo(
        f"{len(results)} trials in {(time.monotonic() - began) / 60:.1f} minutes: "
        f"{len(failing)} failing, {len(skipped)} skipped"
    )
    if not failing:
        shutil.rmtree(place, ignore_errors=True)
    else:
        typer.echo(f"logs of those that fail are in {place}, by number")
        raise typer.Exit(ExitCode.PROBLEMS)


def _show_times(results: list[TrialResult]) -> None:
    for times in family_times(results):
        typer.echo(
            f"{times.family}: median {times.median_s:.2f} s, worst {times.worst_s:.2f} s of {times.trials} trials"
            f" (wanted: {times.wanted})"
        )


def _renewed(file: Path, report: Report) -> Report:
    try:
        return renewed(
            msgspec.json.decode(file.read_bytes(), type=Report), report, [one.name for one in CATALOGUE]
        )
    except (OSError, msgspec.MsgspecError) as error:
        raise CommandError(f"cannot read {file}, which is to be renewed: {error}", ExitCode.USAGE) from None
    except ValueError as error:
        raise CommandError(f"{file} cannot be renewed, make all of it anew: it {error}", ExitCode.USAGE) from None


def _is_wanted(entry: FaultEntry, only: list[str] | None, group: Group | None) -> bool:
    named = not only or any(fnmatch(entry.name, pattern) for pattern in only)
    return named and group in (None, entry.group)


def _show(result: TrialResult, done: int, of: int) -> None:
    figures = [
        f"{word} {figure:.2f} s"
        for word, figure in (
            ("noticed", result.noticed_s),
            ("back", result.back_s),
            ("lost", result.lost_s),
            ("ledger", result.ledger_s),
        )
        if figure is not None
    ]
    typer.echo(f"[{done}/{of}] {result.verdict:8} {result.name:28} {', '.join((*result.called, *figures))}")
    for problem in result.problems:
        typer.echo(f"         {problem}")
