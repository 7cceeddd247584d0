"""Compares what was found with what an entry of the catalogue expects; pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gstnvr.lab.audit import Audit
from gstnvr.lab.entries import Calling, FaultEntry, Group, Loss, Reach
from gstnvr.lab.results import TrialResult, Verdict
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Gap, Incident, Segment

GOP_S = 1.0
"""Of every pattern of the simulated cameras."""
_EARLY_NS = NS_PER_S // 10
_UNFINISHED_S = 3.0
"""What a process that dies takes with it: the fragment that is being made, and what waits for a tick."""
_ONE_FRAME_S = 0.1
_TOO_LATE_S = 0.9
"""A simulated camera that is later leaves out frames."""


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What the index and the files have of one camera; moments by the real clock."""

    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    incidents: tuple[Incident, ...]
    audit: Audit
    fps: float
    late_s: float = 0.0
    """By how much the camera was late, at worst, because this machine had no time for it."""

    def recorded_from(self) -> UtcNs | None:
        return self.segments[0].start if self.segments else None


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """All that was found in one trial."""

    injected: UtcNs
    mended: UtcNs
    suffering: str
    cameras: Mapping[str, CameraFacts]
    incidents: tuple[Incident, ...]
    """That belong to no camera."""
    problems: tuple[str, ...]
    """Of the trial itself, such as an end that was not clean."""


@dataclass(frozen=True, slots=True)
class _Balance:
    """What one camera lost."""

    lost_frames: int
    lost_s: float
    ledger_s: float
    spans: int
    """Holes or gaps, whichever are more."""


def judge(entry: FaultEntry, facts: TrialFacts, took_s: float) -> TrialResult:
    """Draw up the row of one trial."""
    suffering = facts.cameras[facts.suffering]
    incidents = sorted((*suffering.incidents, *facts.incidents), key=lambda one: one.detected)
    incidents = [one for one in incidents if one.detected >= facts.injected - _EARLY_NS]
    noticed = (incidents[0].detected - facts.injected) / 1e9 if incidents else None
    back = _back_s(entry, facts, incidents)
    balance = _balance(entry, facts, suffering)
    problems = [
        *facts.problems,
        *_misnamed(entry, incidents),
        *_late(entry, noticed, back, incidents),
        *_wrong(entry, facts, suffering, balance),
        *_others(entry, facts),
    ]
    counted = entry.expected.loss is not Loss.CAMERAS_OWN
    return TrialResult(
        name=entry.name,
        group=entry.group,
        how=entry.how,
        verdict=Verdict.FAILING if problems else Verdict.OK,
        expected=expected_callings(entry),
        called=tuple(dict.fromkeys(name_of((one.fault, one.reason)) for one in incidents)),
        noticed_s=noticed,
        back_s=back,
        lost_frames=balance.lost_frames if counted else None,
        lost_s=balance.lost_s if counted else None,
        ledger_s=balance.ledger_s,
        problems=tuple(problems),
        disturbed=any(camera.late_s > _TOO_LATE_S for camera in facts.cameras.values()),
        families=tuple(sorted(entry.families)),
        took_s=took_s,
    )


def name_of(calling: Calling) -> str:
    """As it stands in the table."""
    return f"{calling[0]}/{calling[1]}"


def expected_callings(entry: FaultEntry) -> tuple[str, ...]:
    """In alphabetical order."""
    return tuple(sorted(name_of(calling) for calling in entry.expected.called))


def _back_s(entry: FaultEntry, facts: TrialFacts, incidents: Sequence[Incident]) -> float | None:
    """By media time; for storage, which is bridged from memory, the end of the incident counts."""
    if entry.expected.back_s is None:
        return None
    if entry.group is Group.STORAGE or entry.expected.loss is Loss.NOTHING:
        ends = [one.recovered for one in incidents if one.recovered is not None]
        return (max(ends) - facts.mended) / 1e9 if ends else None
    starts = (segment.start for segment in facts.cameras[facts.suffering].segments)
    first = next((start for start in starts if start > facts.injected), None)
    return (first - facts.mended) / 1e9 if first is not None else None


def _balance(entry: FaultEntry, facts: TrialFacts, camera: CameraFacts) -> _Balance:
    """From the first frame recorded, or from the beginning of the fault, to the last frame."""
    begin, end = camera.recorded_from(), camera.audit.video.end
    if begin is None or end is None:
        return _Balance(0, 0.0, 0.0, 0)
    frames = camera.audit.video.missing
    if entry.from_start and camera is facts.cameras[facts.suffering]:
        frames += round((begin - facts.injected) / 1e9 * camera.fps)
        begin = facts.injected
    spans = [
        min(gap.end if gap.end is not None else end, end) - max(gap.start, begin)
        for gap in camera.gaps
        if gap.cause is not GapCause.CLOCK_JUMP
    ]
    spans = [span for span in spans if span > 0]
    count = max(len(spans), len(camera.audit.holes))
    return _Balance(frames, frames / camera.fps, sum(spans) / 1e9, count)


def _misnamed(entry: FaultEntry, incidents: Sequence[Incident]) -> Iterator[str]:
    expected = entry.expected.called
    if expected and not incidents:
        yield "not noticed"
    if expected and entry.expected.every:
        missing = expected - {(one.fault, one.reason) for one in incidents}
        yield from (f"not called {name_of(calling)}" for calling in sorted(missing))
    wrong = (one for one in incidents if (one.fault, one.reason) not in expected)
    yield from dict.fromkeys(f"called {name_of((one.fault, one.reason))}: {one.message}" for one in wrong)
    if entry.expected.loss is Loss.CAMERAS_OWN:
        return
    times = Counter((one.camera, one.fault, one.reason) for one in incidents)
    for (camera, fault, reason), count in times.items():
        if count > entry.expected.times:
            yield f"{count} incidents {name_of((fault, reason))} of {camera or 'no camera'} are told of one fault"


def _late(
    entry: FaultEntry, noticed: float | None, back: float | None, incidents: Sequence[Incident]
) -> Iterator[str]:
    expected = entry.expected
    if noticed is not None and noticed > expected.noticed_s:
        yield f"noticed after {noticed:.2f} s, allowed are {expected.noticed_s:g}"
    if expected.back_s is not None and back is None and (incidents or expected.loss is not Loss.NOTHING):
        yield "recording did not come back"
    if back is not None and expected.back_s is not None and back > expected.back_s:
        yield f"recorded again after {back:.2f} s, allowed are {expected.back_s:g}"
    if not expected.lasting and any(one.recovered is None for one in incidents):
        yield "an incident was left open"


def _wrong(entry: FaultEntry, facts: TrialFacts, camera: CameraFacts, balance: _Balance) -> Iterator[str]:
    """With what was recorded, and with what the ledger says of it."""
    expected = entry.expected
    if expected.loss is Loss.CAMERAS_OWN:
        return
    audit = camera.audit
    if audit.doubled or audit.altered:
        yield f"{audit.doubled} units doubled, {audit.altered} altered"
    missing = audit.video.missing if expected.loss is Loss.SOUND else audit.missing
    if expected.loss in (Loss.NOTHING, Loss.SOUND) and missing:
        yield f"{missing} units missing, none should be"
    if expected.loss is Loss.KEY_FRAME:
        limit = entry.lasts_s + GOP_S + _ONE_FRAME_S
        long = [hole.seconds for hole in audit.holes if hole.seconds > limit]
        yield from (f"{seconds:.2f} s lost, more than until a key frame" for seconds in long)
    away = (facts.mended - facts.injected) / 1e9 + (expected.back_s or 0.0)
    if expected.loss is Loss.OUTAGE and balance.lost_s > away + _UNFINISHED_S + GOP_S:
        yield f"{balance.lost_s:.1f} s lost, {away + _UNFINISHED_S:.1f} s at most should be"
    if abs(balance.lost_s - balance.ledger_s) > GOP_S * max(1, balance.spans) + _ONE_FRAME_S:
        yield f"the ledger says {balance.ledger_s:.2f} s, the audit {balance.lost_s:.2f} s"


def _others(entry: FaultEntry, facts: TrialFacts) -> Iterator[str]:
    for name, camera in facts.cameras.items():
        if name == facts.suffering:
            continue
        balance = _balance(entry, facts, camera)
        if entry.reach is Reach.PROGRAM:
            yield from (f"{name}: {problem}" for problem in _wrong(entry, facts, camera, balance))
            continue
        audit = camera.audit
        if not audit.flawless:
            yield f"{name} suffered: {audit.missing} missing, {audit.doubled} doubled, {audit.altered} altered"
        if balance.ledger_s > 0:
            yield f"{name} has gaps of {balance.ledger_s:.2f} s"
        yield from (f"{name} has an incident: {one.message}" for one in camera.incidents)
