"""``gstnvr check --rebuild``: the index made anew, and how it differs from the one before."""

from typing import Any

from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.config.settings import Settings
from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.model.choices import VolumePolicy
from gstnvr.model.clock import SystemClock
from gstnvr.storage.rebuild import RebuildError, Rebuilt, rebuild, volumes_at
from gstnvr.storage.recover import Action
from gstnvr.supervisor.errors import StartupError
from gstnvr.supervisor.lock import InstanceLock
from gstnvr.supervisor.places import DATABASE, recorder_lives


def rebuild_index(settings: Settings) -> Rebuilt:
    """Make the index anew while nothing runs.

    Raises:
        CommandError: the index is in PostgreSQL, gstnvr runs, a volume is not there, or the index's disk fails.
    """
    if settings.database.url is not None:
        raise CommandError(
            "an index in PostgreSQL is not rebuilt in place: make an empty database, set database.url to it, and"
            " start gstnvr, which fills it from the volumes",
            ExitCode.ENVIRONMENT,
        )
    try:
        with InstanceLock(settings.data_dir):
            if recorder_lives(settings.data_dir):
                raise CommandError("recorders are still running: stop gstnvr first", ExitCode.ENVIRONMENT)
            volumes = volumes_at([volume.path for volume in settings.storage.volumes])
            mirror = settings.storage.policy is VolumePolicy.MIRROR
            return rebuild(settings.data_dir / DATABASE, volumes, SystemClock().utc_ns(), mirror=mirror)
    except (StartupError, RebuildError, DatabaseUnusableError, SQLAlchemyError, OSError) as error:
        raise CommandError(f"the index was not rebuilt: {error}", ExitCode.ENVIRONMENT) from None


def show(rebuilt: Rebuilt) -> None:
    """For a person."""
    console = Console(highlight=False, soft_wrap=True)
    adopted = sum(change.action is Action.ADOPTED for change in rebuilt.changes)
    console.print(f"rebuilt from the volumes: {adopted} files")
    for change in rebuilt.changes:
        if change.action in (Action.LEFT_ALONE, Action.ADOPTED_PROTECTIONS):
            console.print(Text(f"  {change.where}: {change.message}"))
    if rebuilt.kept is not None:
        console.print(Text(f"the index before is kept as {rebuilt.kept}"))
    if rebuilt.problem:
        console.print(Text(f"it cannot be compared: {rebuilt.problem}"))
    comparison = rebuilt.comparison
    if comparison is None:
        return
    for one in comparison.differences:
        console.print(Text(f"- {one.where}: {one.before}" if one.before else f"+ {one.where}: {one.after}"))
        if one.before and one.after:
            console.print(Text(f"+ {one.where}: {one.after}"))
    same = f"{comparison.segments} segments and {comparison.gaps} gaps are the same"
    console.print(
        f"identical: {same}" if comparison.identical else f"{len(comparison.differences)} differ, {same}"
    )
    for line in comparison.lost:
        console.print(f"no file says, and only the index before has: {line}")


def as_document(rebuilt: Rebuilt) -> dict[str, Any]:
    """For a program."""
    comparison = rebuilt.comparison
    compared: dict[str, Any] | None = None
    if comparison is not None:
        compared = {
            "identical": comparison.identical,
            "segments": comparison.segments,
            "gaps": comparison.gaps,
            "differences": [
                {"where": one.where, "before": one.before, "after": one.after} for one in comparison.differences
            ],
            "lost": list(comparison.lost),
        }
    return {
        "kept": None if rebuilt.kept is None else str(rebuilt.kept),
        "problem": rebuilt.problem,
        "comparison": compared,
        "changes": [
            {"action": change.action, "where": change.where, "message": change.message}
            for change in rebuilt.changes
        ],
    }
