"""Results as a document; pure."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gstnvr.lab.entries import Family, Group
from gstnvr.lab.results import Report, TrialResult, Verdict

_HEAD = (
    "| fault | how it was made | noticed (s) | called | expected | back (s) | lost | ledger (s) | verdict |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
_INTRODUCTION = """\
# Faults

Every fault of the [laboratory](../design/laboratory.md), made for real and measured. Written by `scripts/lab`; do
not edit.

- **noticed**: from the moment of the fault to the detection of the incident.
- **called**: fault and reason of the incidents, in order; **expected**: one of these.
- **back**: from the end of the fault to the first recorded frame; of storage faults, which are bridged from
  memory, to the end of the incident. Negative: it did not take the end of the fault.
- **lost**: frames and seconds that are missing in the files, found by comparing every access unit with what the
  camera sent.
- **ledger**: seconds that the gap ledger says are missing; has to equal what was lost within one GOP (1 s) for
  each gap.
- Where a row was tried several times, the worst figures stand here.

A second camera is recorded next to the one that suffers. Unless the fault strikes the whole program, nothing may
be missing of it. Afterwards `gstnvr check` must find nothing. Settings are the defaults, but for a
`healthy_after_s` of 2 s, so that a row need not wait half a minute; for retries after 4 s at most where a camera
is not there from the start; and for what a row says.
"""


@dataclass(frozen=True, slots=True)
class _Target:
    figure: str
    """Which figure of a result counts: ``noticed_s`` or ``back_s``."""
    median: str
    worst: str


_TARGETS = {
    Family.SILENT_STALL: _Target("noticed_s", "2.0", "2.3"),
    Family.HARD_DISCONNECT: _Target("noticed_s", "", "0.1"),
    Family.CAMERA_BACK: _Target("back_s", "", "2"),
    Family.STORAGE_BACK: _Target("back_s", "", "1"),
}


def markdown(report: Report) -> str:
    """The whole document."""
    versions = report.versions
    trials = len([one for one in report.results if one.verdict is not Verdict.SKIPPED])
    rows = list(_merged(report.results))
    failing = [row for row in rows if row.verdict is Verdict.FAILING]
    skipped = [row for row in rows if row.verdict is Verdict.SKIPPED]
    parts = [
        _INTRODUCTION,
        f"{report.date} UTC; gstnvr {versions.gstnvr}, GStreamer {versions.gstreamer}, Python {versions.python}, "
        f"Linux {versions.kernel}.",
        f"{len(rows)} rows in {trials} trials: {len(rows) - len(failing) - len(skipped)} ok, "
        f"{len(failing)} FAILING, {len(skipped)} skipped.\n",
        "## In short\n",
        _summary(report.results),
    ]
    for group in Group:
        mine = [row for row in rows if row.group == group]
        if mine:
            parts += [f"\n## {group.capitalize()}\n", _HEAD, *map(_row, mine)]
    if failing:
        parts += ["\n## What fails\n", *(f"- **{row.name}**: {_text('; '.join(row.problems))}" for row in failing)]
    if skipped:
        parts += ["\n## What was skipped\n", *(f"- {row.name}: {'; '.join(row.problems)}" for row in skipped)]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class FamilyTimes:
    """How long something took, over all trials of a family."""

    family: Family
    trials: int
    median_s: float
    worst_s: float
    wanted: str


def family_times(results: Sequence[TrialResult]) -> Iterator[FamilyTimes]:
    """Of every family that was tried."""
    for family, target in _TARGETS.items():
        figures = [getattr(one, target.figure) for one in results if family in one.families]
        known = [figure for figure in figures if figure is not None]
        if known:
            wanted = f"median {target.median}, worst {target.worst}" if target.median else f"≤ {target.worst}"
            yield FamilyTimes(family, len(known), statistics.median(known), max(known), wanted)


def _summary(results: Sequence[TrialResult]) -> str:
    lines = ["| | trials | median (s) | worst (s) | wanted |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.family} | {one.trials} | {one.median_s:.2f} | {one.worst_s:.2f} | {one.wanted} |"
        for one in family_times(results)
    ]
    return "\n".join(lines)


def _merged(results: Iterable[TrialResult]) -> Iterator[TrialResult]:
    """One row for each entry, with the worst figures and all problems of its trials."""
    trials: dict[str, list[TrialResult]] = {}
    for one in results:
        trials.setdefault(one.name, []).append(one)
    for mine in trials.values():
        yield mine[0] if len(mine) == 1 else _worst_of(mine)


def _worst_of(trials: Sequence[TrialResult]) -> TrialResult:
    failing = [one for one in trials if one.verdict is Verdict.FAILING]
    most = max(trials, key=lambda one: abs(one.lost_s or 0.0))
    return TrialResult(
        name=trials[0].name,
        group=trials[0].group,
        how=trials[0].how,
        verdict=Verdict.FAILING if failing else trials[0].verdict,
        expected=trials[0].expected,
        called=tuple(dict.fromkeys(name for one in trials for name in one.called)),
        noticed_s=_highest(one.noticed_s for one in trials),
        back_s=_highest(one.back_s for one in trials),
        lost_frames=most.lost_frames,
        lost_s=most.lost_s,
        ledger_s=most.ledger_s,
        problems=tuple(f"{len(failing)} of {len(trials)} trials: {problem}" for problem in _problems(failing)),
        families=trials[0].families,
        took_s=sum(one.took_s for one in trials),
    )


def _problems(trials: Iterable[TrialResult]) -> Iterable[str]:
    return dict.fromkeys(problem for one in trials for problem in one.problems)


def _highest(figures: Iterable[float | None]) -> float | None:
    return max((figure for figure in figures if figure is not None), default=None)


def _row(row: TrialResult) -> str:
    lost = "not counted" if row.lost_frames is None else f"{row.lost_frames}, {row.lost_s or 0.0:.2f} s"
    tried = row.verdict is not Verdict.SKIPPED
    cells = [
        f"`{row.name}`",
        _text(row.how),
        _seconds(row.noticed_s),
        _names(row.called) or "-",
        _names(row.expected) or "no incident",
        _seconds(row.back_s),
        lost if tried else "-",
        _seconds(row.ledger_s),
        row.verdict,
    ]
    return f"| {' | '.join(cells)} |"


def _names(callings: Iterable[str]) -> str:
    return "<br>".join(callings)


def _seconds(figure: float | None) -> str:
    return "-" if figure is None else f"{max(figure, 0.0) if round(figure, 2) == 0 else figure:.2f}"


def _text(text: str) -> str:
    """Within one cell of a table."""
    return " ".join(text.replace("|", "\\|").split())
