"""Runs many trials side by side, each in a process of its own that is cut off from the rest of the machine."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import msgspec

from gstnvr.lab.capabilities import contained
from gstnvr.lab.commands import attempt, run
from gstnvr.lab.entries import FaultEntry, Need
from gstnvr.lab.faulty_volumes import IMAGE, SECOND
from gstnvr.lab.judge import expected_callings
from gstnvr.lab.results import TrialResult, Verdict

_TIME_LIMIT_S = 240.0
_TRIES = 3

Progress = Callable[[TrialResult, int, int], None]
"""Told of a result, and how many of how many there are."""


def repeated(entries: Iterable[FaultEntry], times: int) -> list[FaultEntry]:
    """Entries that belong to a family so many times, others once."""
    return [entry for entry in entries for _ in range(times if entry.families else 1)]


def run_trials(
    entries: Sequence[FaultEntry], available: frozenset[Need], jobs: int, progress: Progress, place: Path
) -> list[TrialResult]:
    """Try all entries; results are in their order.

    Args:
        available: entries that need more are skipped.
        jobs: so many at once.
        progress: called from this thread.
        place: an empty directory with a short path; directories of trials that fail stay there, with all logs.
    """
    results: dict[int, TrialResult] = {}
    with ThreadPoolExecutor(jobs) as pool:
        running = {
            pool.submit(_run_trials, entry, place / str(number), available): number
            for number, entry in enumerate(entries)
        }
        for future in as_completed(running):
            result = results[running[future]] = future.result()
            progress(result, len(results), len(entries))
    return [results[number] for number in sorted(results)]


def _run_trials(entry: FaultEntry, place: Path, available: frozenset[Need]) -> TrialResult:
    """Once, or more often while it fails because this machine was too busy for the cameras themselves."""
    result = _run_trial(entry, place, available)
    for again in range(1, _TRIES):
        if not (result.verdict is Verdict.FAILING and result.disturbed):
            break
        result = _run_trial(entry, place.with_name(f"{place.name}-{again}"), available)
    return result


def _run_trial(entry: FaultEntry, place: Path, available: frozenset[Need]) -> TrialResult:
    missing = entry.needs - available
    if missing:
        return _without_trial(entry, Verdict.SKIPPED, f"needs {', '.join(sorted(missing))}")
    place.mkdir()
    answer = place / "result.json"
    command = [sys.executable, "-m", "gstnvr.lab.trial", entry.name, str(place), str(answer)]
    if Need.ROOT in available:
        command = [*contained(), *command, "--contained"]
    with (place / "trial.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            process.wait(_TIME_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return _without_trial(entry, Verdict.FAILING, f"the trial did not end within {_TIME_LIMIT_S:g} s")
        finally:
            _free_devices(place)
    if not answer.exists():
        return _without_trial(entry, Verdict.FAILING, f"the trial died, see {place / 'trial.log'}")
    result = msgspec.json.decode(answer.read_bytes(), type=TrialResult)
    if result.verdict is Verdict.OK:
        shutil.rmtree(place, ignore_errors=True)
    return result


def _free_devices(place: Path) -> None:
    """A trial that was killed leaves its loop device behind."""
    for image in (place / IMAGE, place / SECOND / IMAGE):
        if not image.exists():
            continue
        for device in json.loads(run("losetup", "--json", "--associated", image) or "{}").get("loopdevices", []):
            attempt("losetup", "--detach", device["name"])


def _without_trial(entry: FaultEntry, verdict: Verdict, problem: str) -> TrialResult:
    return TrialResult(
        name=entry.name,
        group=entry.group,
        how=entry.how,
        verdict=verdict,
        expected=expected_callings(entry),
        problems=(problem,),
        families=tuple(sorted(entry.families)),
    )


def usual_jobs() -> int:
    """So many trials fit side by side without being late for want of processors."""
    return max(1, len(os.sched_getaffinity(0)))
