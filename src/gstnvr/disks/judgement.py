"""What is wrong with disks and arrays, or is about to be, by what they say and by how it has grown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gstnvr.disks.mdstat import MdArray, SyncAction
from gstnvr.disks.smart import DiskState, SmartReport
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Reason, Severity

DAY_NS = 86_400 * NS_PER_S
LOOK_BACK_NS = 30 * DAY_NS
"""Defects that are older and did not grow since then are borne."""
CALM_C = 3
"""So much cooler than the limit a disk must be for being well again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """By setting."""

    temperature_c: int
    """Of disks that turn."""
    ssd_temperature_c: int
    wear_percent: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Counts of a disk at a moment, which never go down by themselves but for ``pending``."""

    at: UtcNs
    reallocated: int = 0
    pending: int = 0
    uncorrectable: int = 0
    media_errors: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; ``code`` stays the same as long as it lasts."""

    code: str
    reason: Reason
    severity: Severity
    message: str


def reading_of(report: SmartReport, now: UtcNs) -> Reading:
    """What is remembered of an answer."""
    counts = (report.reallocated, report.pending, report.uncorrectable, report.media_errors)
    return Reading(now, *(count or 0 for count in counts))


def judge_disk(
    report: SmartReport, history: Iterable[Reading], limits: Limits, standing: frozenset[str], now: UtcNs
) -> list[Problem]:
    """All that is wrong with a disk that was read.

    Args:
        report: its answer.
        history: earlier readings of the same disk, in any order.
        limits: by setting.
        standing: codes of what was wrong with it before.
        now: the moment of the answer.
    """
    assert report.state is DiskState.READ
    name = _name(report)
    found = []
    if report.passed is False or report.failing or _spare_is_low(report):
        found.append(_failing(report, name))
    grown = _growth(report, [reading for reading in history if now - reading.at <= LOOK_BACK_NS])
    if grown:
        message = f"{name} has more and more defects ({grown} within 30 days): replace it soon"
        found.append(Problem(f"disk {report.key} defects", Reason.DISK_DEFECTS, Severity.MEDIUM, message))
    elif report.pending:
        message = f"{name} has {report.pending} sectors that cannot be read (pending): watch whether they grow"
        found.append(Problem(f"disk {report.key} defects", Reason.DISK_DEFECTS, Severity.MEDIUM, message))
    if report.wear_percent is not None and report.wear_percent >= limits.wear_percent:
        message = f"{name} has had {report.wear_percent} % of the writes that it is made for: replace it soon"
        found.append(Problem(f"disk {report.key} worn", Reason.DISK_WORN, Severity.MEDIUM, message))
    hot = f"disk {report.key} hot"
    limit = _hottest(report, limits)
    if report.temperature_c is not None and report.temperature_c >= limit - (CALM_C if hot in standing else 0):
        message = f"{name} is at {report.temperature_c} °C, the limit is {limit} °C: look at fans and air"
        found.append(Problem(hot, Reason.DISK_HOT, Severity.MEDIUM, message))
    return found


def judge_arrays(arrays: Sequence[MdArray]) -> list[Problem]:
    """All that is wrong with arrays."""
    return [problem for array in arrays if (problem := _judge_array(array)) is not None]


def _judge_array(array: MdArray) -> Problem | None:
    code = f"array {array.name}"
    if array.broken or not (array.active or array.external):
        members = ", ".join(member.device for member in array.members) or "no members"
        state = "is broken" if array.broken else "is not running"
        message = f"array {array.name} {state} ({members}): look at cables and disks, and at mdadm --detail"
        return Problem(code, Reason.RAID_DEGRADED, Severity.HIGH, message)
    failed = f" ({', '.join(array.failed)} failed)" if array.failed else ""
    if array.missing and array.sync is not None and array.sync.action is SyncAction.RECOVERY:
        return Problem(code, Reason.RAID_DEGRADED, Severity.MEDIUM, _rebuilding(array, failed))
    if array.missing:
        message = (
            f"array {array.name} ({array.level}) works with {array.working} of {array.wanted} disks{failed}:"
            " replace the one that is missing"
        )
        return Problem(code, Reason.RAID_DEGRADED, Severity.HIGH, message)
    if failed:
        message = f"array {array.name} works on a spare disk{failed}: remove and replace the one that failed"
        return Problem(code, Reason.RAID_DEGRADED, Severity.MEDIUM, message)
    return None


def _rebuilding(array: MdArray, failed: str) -> str:
    """Without the percentage, which would make another message every minute."""
    return (
        f"array {array.name} ({array.level}) is being rebuilt{failed}: until then it works with"
        f" {array.working} of {array.wanted} disks"
    )


def _failing(report: SmartReport, name: str) -> Problem:
    why = ", ".join(report.failing)
    if not why and _spare_is_low(report):
        why = f"spare {report.spare_percent} %, limit {report.spare_threshold} %"
    told = f" ({why})" if why else ""
    message = f"{name} says that it is failing{told}: copy what is on it and replace it now"
    return Problem(f"disk {report.key} failing", Reason.DISK_FAILING, Severity.HIGH, message)


def _spare_is_low(report: SmartReport) -> bool:
    spare, threshold = report.spare_percent, report.spare_threshold
    return spare is not None and threshold is not None and spare <= threshold


def _growth(report: SmartReport, history: Sequence[Reading]) -> str:
    """``pending 0 to 8``, for all that grew; empty if nothing did."""
    counts = {
        "reallocated": report.reallocated,
        "pending": report.pending,
        "uncorrectable": report.uncorrectable,
        "media_errors": report.media_errors,
    }
    texts = []
    for name, count in counts.items():
        least = min((getattr(reading, name) for reading in history), default=count)
        if count is not None and least is not None and count > least:
            texts.append(f"{name.replace('_', ' ')} {least} to {count}")
    return ", ".join(texts)


def _hottest(report: SmartReport, limits: Limits) -> int:
    return limits.ssd_temperature_c if report.rotates is False else limits.temperature_c


def _name(report: SmartReport) -> str:
    about = " ".join(word for word in (report.model, report.serial) if word)
    return f"disk {report.device} ({about})" if about else f"disk {report.device}"
