"""Verdicts follow from facts: each rule is kept, and each is broken once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gstnvr.lab.audit import Audit, Hole, TrackAudit
from gstnvr.lab.entries import Expected, FaultEntry, Group, Loss, Reach
from gstnvr.lab.injections.camera import Nothing
from gstnvr.lab.judge import CameraFacts, TrialFacts, judge
from gstnvr.lab.results import TrialResult, Verdict
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Incident, Segment, SegmentState, TrackInfo

FPS = 10
BEGIN = 1_700_000_000
STALLED = (Fault.RTSP_NETWORK, Reason.VIDEO_STALLED)
NO_TRACK = TrackAudit(0, 0, 0, (), None, None)

ENTRY = FaultEntry(
    name="frozen",
    group=Group.CONNECTION,
    how="camera frozen",
    injection=Nothing(),
    expected=Expected(frozenset({STALLED}), noticed_s=2.3, back_s=2.0, loss=Loss.OUTAGE),
    lasts_s=5.0,
)
BORNE = replace(ENTRY, expected=Expected())


def at(seconds: float) -> UtcNs:
    """So many seconds after the beginning of the recording."""
    return UtcNs(BEGIN * NS_PER_S + round(seconds * NS_PER_S))


def stream(camera: str) -> StreamId:
    return StreamId(CameraId(camera), StreamKind.MAIN)


def segment(camera: str, start: float, end: float) -> Segment:
    return Segment(
        stream(camera),
        "volume",
        f"{camera}/{start}",
        at(start),
        at(end),
        SegmentState.CLOSED,
        1,
        1,
        TrackInfo("h264", 2, 2),
    )


def gap(camera: str, start: float, end: float, cause: GapCause = GapCause.NETWORK) -> Gap:
    return Gap(stream=stream(camera), start=at(start), end=at(end), cause=cause)


def incident(camera: str | None, detected: float, recovered: float | None = 16.0) -> Incident:
    return Incident(
        uid="1",
        camera=None if camera is None else CameraId(camera),
        stream=None if camera is None else stream(camera),
        fault=STALLED[0],
        reason=STALLED[1],
        severity=Severity.HIGH,
        message="no frames",
        code="",
        started=at(detected),
        detected=at(detected),
        recovered=None if recovered is None else at(recovered),
    )


def found(holes: Sequence[tuple[float, float]], doubled: int = 0) -> Audit:
    """Recorded from 0 to 30 s, but for these spans."""
    missing = tuple(Hole(at(start), at(end), round((end - start) * FPS)) for start, end in holes)
    return Audit(TrackAudit(300, doubled, 0, missing, at(0), at(30)), NO_TRACK)


def whole(camera: str) -> CameraFacts:
    """A camera of which nothing is missing."""
    return CameraFacts((segment(camera, 0, 30),), (), (), found(()), FPS)


def facts() -> TrialFacts:
    """A camera that was frozen from 10 s to 15 s and recorded again at 15.5 s."""
    suffering = CameraFacts(
        (segment("one", 0, 10), segment("one", 15.5, 30)),
        (gap("one", 10, 15.5), gap("one", 30, 31, GapCause.SHUTDOWN)),
        (incident("one", 12),),
        found([(10, 15.5)]),
        FPS,
    )
    return TrialFacts(at(10), at(15), "one", {"one": suffering, "two": whole("two")}, (), ())


def with_suffering(suffering: CameraFacts) -> TrialFacts:
    return replace(facts(), cameras={"one": suffering, "two": whole("two")})


def problem(result: TrialResult) -> str:
    """The only one."""
    assert result.verdict is Verdict.FAILING
    (only,) = result.problems
    return only


def test_all_is_as_it_should_be() -> None:
    result = judge(ENTRY, facts(), 1.0)
    assert (result.verdict, result.problems) == (Verdict.OK, ())
    assert (result.noticed_s, result.back_s) == (2.0, 0.5)
    assert (result.lost_frames, result.lost_s, result.ledger_s) == (55, 5.5, 5.5)
    assert result.called == ("RTSP_NETWORK/video_stalled",)


def test_a_wrong_expectation_fails() -> None:
    wrong = replace(
        ENTRY, expected=replace(ENTRY.expected, called=frozenset({(Fault.DISK_FULL, Reason.NO_SPACE)}))
    )
    assert problem(judge(wrong, facts(), 1.0)) == "called RTSP_NETWORK/video_stalled: no frames"


def test_what_nobody_noticed_fails() -> None:
    unseen = replace(facts().cameras["one"], incidents=())
    assert problem(judge(ENTRY, with_suffering(unseen), 1.0)) == "not noticed"


def test_an_incident_where_none_is_expected_fails() -> None:
    disturbed = replace(whole("one"), incidents=(incident("one", 12),))
    assert problem(judge(BORNE, with_suffering(disturbed), 1.0)).startswith("called RTSP_NETWORK/video_stalled")


def test_an_incident_before_the_fault_is_none_of_it() -> None:
    earlier = replace(whole("one"), incidents=(incident("one", 2, 3),))
    assert judge(BORNE, with_suffering(earlier), 1.0).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        (replace(ENTRY.expected, noticed_s=1.9), "noticed after 2.00 s"),
        (replace(ENTRY.expected, back_s=0.4), "recorded again after 0.50 s"),
    ],
)
def test_what_comes_late_fails(expected: Expected, complaint: str) -> None:
    assert problem(judge(replace(ENTRY, expected=expected), facts(), 1.0)).startswith(complaint)


def test_a_ledger_that_says_less_than_was_lost_fails() -> None:
    silent = replace(facts().cameras["one"], gaps=(gap("one", 10, 14),))
    assert problem(judge(ENTRY, with_suffering(silent), 1.0)) == "the ledger says 4.00 s, the audit 5.50 s"


def test_a_ledger_that_says_more_than_was_lost_fails() -> None:
    loud = replace(facts().cameras["one"], gaps=(gap("one", 10, 15.5), gap("one", 20, 23)))
    assert problem(judge(ENTRY, with_suffering(loud), 1.0)) == "the ledger says 8.50 s, the audit 5.50 s"


def test_time_that_a_clock_skipped_is_not_missing() -> None:
    skipped = replace(whole("one"), gaps=(gap("one", 10, 20, GapCause.CLOCK_JUMP),))
    assert judge(BORNE, with_suffering(skipped), 1.0).verdict is Verdict.OK


def test_lost_units_fail_where_nothing_may_be_lost() -> None:
    entry = replace(ENTRY, expected=replace(ENTRY.expected, loss=Loss.NOTHING))
    assert problem(judge(entry, facts(), 1.0)) == "55 units missing, none should be"


def test_more_lost_than_the_outage_fails() -> None:
    long = CameraFacts(
        (segment("one", 0, 4), segment("one", 15.5, 30)),
        (gap("one", 4, 15.5),),
        (incident("one", 12),),
        found([(4, 15.5)]),
        FPS,
    )
    assert problem(judge(ENTRY, with_suffering(long), 1.0)).startswith("11.5 s lost")


def test_doubled_units_fail() -> None:
    doubled = replace(whole("one"), audit=found((), doubled=3))
    assert problem(judge(BORNE, with_suffering(doubled), 1.0)) == "3 units doubled, 0 altered"


def test_one_fault_that_is_told_twice_fails() -> None:
    twice = replace(facts().cameras["one"], incidents=(incident("one", 12), incident("one", 14)))
    assert problem(judge(ENTRY, with_suffering(twice), 1.0)).startswith("2 incidents RTSP_NETWORK/video_stalled")


def test_an_open_incident_fails() -> None:
    lasting = replace(facts().cameras["one"], incidents=(incident("one", 12, None),))
    assert problem(judge(ENTRY, with_suffering(lasting), 1.0)) == "an incident was left open"
    tells_what_it_cost = replace(ENTRY, expected=replace(ENTRY.expected, lasting=True))
    assert judge(tells_what_it_cost, with_suffering(lasting), 1.0).problems == ()


def test_where_every_name_is_expected_none_may_be_missing() -> None:
    either = replace(ENTRY.expected, called=frozenset({STALLED, (Fault.DISK_FULL, Reason.NO_SPACE)}))
    assert judge(replace(ENTRY, expected=either), facts(), 1.0).problems == ()
    both = replace(ENTRY, expected=replace(either, every=True))
    assert problem(judge(both, facts(), 1.0)) == "not called DISK_FULL/no_space"


def test_a_bystander_that_suffers_fails() -> None:
    other = replace(whole("two"), audit=found([(10, 11)]))
    disturbed = replace(facts(), cameras={**facts().cameras, "two": other})
    assert problem(judge(ENTRY, disturbed, 1.0)) == "two suffered: 10 missing, 0 doubled, 0 altered"


def test_the_whole_program_may_suffer_alike() -> None:
    entry = replace(ENTRY, reach=Reach.PROGRAM)
    both = {name: replace(facts().cameras["one"], incidents=()) for name in ("one", "two")}
    alike = replace(facts(), cameras=both, incidents=(incident(None, 12),))
    assert judge(entry, alike, 1.0).verdict is Verdict.OK


def test_what_went_wrong_with_the_trial_fails() -> None:
    assert problem(judge(ENTRY, replace(facts(), problems=("it did not end",)), 1.0)) == "it did not end"


def test_from_the_start_counts_from_the_first_question() -> None:
    entry = replace(ENTRY, from_start=True)
    late = CameraFacts((segment("one", 6, 30),), (gap("one", 0.5, 6),), (incident("one", 2),), found(()), FPS)
    late = replace(late, audit=Audit(replace(late.audit.video, start=at(6)), NO_TRACK))
    begun = replace(with_suffering(late), injected=at(0.5), mended=at(5))
    result = judge(entry, begun, 1.0)
    assert result.verdict is Verdict.OK
    assert (result.lost_frames, result.lost_s, result.ledger_s) == (55, 5.5, 5.5)
