"""The check of index against disk, invariant by invariant, and the repair of what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.db.stored import add_up_anew
from gstnvr.model.clock import UtcNs
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage.invariants import INVARIANTS, Evidence, Finding
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action, Change, Located, enter_file


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Outcome of a check."""

    findings: tuple[Finding, ...]
    """What did not hold, by invariant."""
    changes: tuple[Change, ...]
    """What was done about it."""
    remaining: tuple[Finding, ...]
    """What still does not hold; the same as ``findings`` unless something was repaired."""

    @property
    def clean(self) -> bool:
        return not self.remaining


def check(
    index: Index, volumes: Sequence[Volume], *, now: UtcNs, running: bool, repair: bool = False
) -> CheckReport:
    """Check all invariants; every file is read in part, which takes a millisecond or more of each.

    Args:
        running: a recorder may be writing; what is open or was written to in the last minutes is left out.
        repair: mend what can be mended, then check again.

    Raises:
        OSError: a volume that is mounted cannot be read.
    """
    evidence = Evidence(index, volumes, running, now)
    findings = _find(evidence)
    if not repair or not any(finding.repairable for finding in findings):
        return CheckReport(findings, (), findings)
    changes = reconcile(index, volumes, now=now, live=index.streams() if running else ())
    changes += _enter_damaged(evidence, findings)
    if any(finding.invariant == 9 for finding in findings):
        changes.append(_add_up(index))
    return CheckReport(findings, tuple(changes), _find(evidence))


def _add_up(index: Index) -> Change:
    with index.writing() as writer:
        add_up_anew(writer)
    return Change(Action.SUMS, "index", "sums by hour were made anew from the segments")


def _find(evidence: Evidence) -> tuple[Finding, ...]:
    return tuple(finding for invariant in INVARIANTS for finding in invariant.find(evidence))


def _enter_damaged(evidence: Evidence, findings: Sequence[Finding]) -> list[Change]:
    """Correct rows of files whose size is right and whose content is not."""
    damaged = {finding.where for finding in findings if finding.invariant == 3 and finding.repairable}
    changes = []
    for volume in evidence.mounted():
        root = Path(volume.path)
        for path in sorted(damaged):
            if not Path(path).is_relative_to(root):
                continue
            file = Located(root, volume.uuid, str(Path(path).relative_to(root)))
            row = evidence.index.segment_at(volume.uuid, file.path)
            if row is not None and row.state is SegmentState.CLOSED:
                changes += _enter(evidence.index, file, row)
    return changes


def _enter(index: Index, file: Located, row: Segment) -> list[Change]:
    decision = enter_file(file, row)
    if decision is None:
        return []
    with index.writing() as writer:
        decision.write(writer)
    return [decision.change]
