"""The gap ledger as computed: by example, and for any segments and outages at all."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.db.ledger import ALWAYS, FOR_EVER, Covered, Span, ledger_gaps
from gstnvr.db.timeline import shortest_gap
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Outage

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
FRAME_S = 0.04
LASTS = None

Row = tuple[float, float | None, GapCause]


def at(seconds: float) -> UtcNs:
    return UtcNs(round(seconds * NS_PER_S))


def piece(start: float, end: float, *, growing: bool = False, frame_s: float = FRAME_S) -> Covered:
    return Covered(at(start), at(end), round((end - start) / frame_s), growing)


def outage(start: float, end: float | None, cause: GapCause = GapCause.NETWORK) -> Outage:
    return Outage(f"{cause} {start}", YARD, at(start), None if end is None else at(end), cause, f"since {start}")


def rows(gaps: list[Gap]) -> list[Row]:
    return [(gap.start / NS_PER_S, None if gap.end is None else gap.end / NS_PER_S, gap.cause) for gap in gaps]


def ledger(covered: list[Covered], *outages: Outage) -> list[Row]:
    return rows(ledger_gaps(YARD, covered, outages))


BOTH = [piece(0, 60), piece(100, 160)]


def test_of_nothing_nothing_is_missing() -> None:
    assert ledger([]) == []
    assert ledger([piece(0, 60)]) == []


def test_a_hole_has_the_cause_of_the_outage_in_it_and_the_length_of_the_media() -> None:
    assert ledger(BOTH, outage(61.5, 99)) == [(60, 100, GapCause.NETWORK)]
    assert ledger(BOTH, outage(50, 110)) == [(60, 100, GapCause.NETWORK)]


def test_an_outage_in_which_nothing_was_lost_makes_no_gap() -> None:
    assert ledger([piece(0, 60), piece(60, 120)], outage(40, 70, GapCause.STORAGE)) == []


def test_a_hole_of_which_nobody_told_is_a_gap_all_the_same() -> None:
    assert ledger(BOTH) == [(60, 100, GapCause.UNKNOWN)]


def test_less_than_a_frame_is_no_gap_and_a_frame_is_one() -> None:
    for frame_s in (1 / 60, 0.04, 1.0):
        first = piece(0, 60, frame_s=frame_s)
        assert ledger([first, piece(60 + 0.7 * frame_s, 120, frame_s=frame_s)]) == []
        assert len(ledger([first, piece(60 + frame_s, 120, frame_s=frame_s)])) == 1


def test_what_an_outage_does_not_reach_is_bridged_only_nearby() -> None:
    assert ledger(BOTH, outage(69, 91)) == [(60, 100, GapCause.NETWORK)]
    assert ledger(BOTH, outage(75, 85)) == [
        (60, 75, GapCause.UNKNOWN),
        (75, 85, GapCause.NETWORK),
        (85, 100, GapCause.UNKNOWN),
    ]


def test_a_pause_in_a_segment_is_a_gap() -> None:
    first, second = outage(10, 12, GapCause.NO_PICTURES), outage(30, 31, GapCause.NO_PICTURES)
    assert ledger([piece(0, 60)], first, second) == [
        (10, 12, GapCause.NO_PICTURES),
        (30, 31, GapCause.NO_PICTURES),
    ]


def test_a_pause_at_the_end_of_a_segment_is_a_gap_once() -> None:
    adjoining = [piece(0, 60), piece(60, 120)]
    for start, end in ((58, 60), (60, 62)):
        assert ledger(adjoining, outage(start, end, GapCause.NO_PICTURES)) == [(start, end, GapCause.NO_PICTURES)]
    assert ledger(adjoining, outage(59, 61, GapCause.NO_PICTURES)) == [
        (59, 60, GapCause.NO_PICTURES),
        (60, 61, GapCause.NO_PICTURES),
    ]
    apart = [piece(0, 60), piece(61.5, 120)]
    assert ledger(apart, outage(60, 61.5, GapCause.NO_PICTURES)) == [(60, 61.5, GapCause.NO_PICTURES)]


def test_a_pause_that_is_not_in_the_row_of_the_growing_segment_yet_is_a_gap() -> None:
    growing, pause = [piece(0, 10, growing=True)], outage(14, 16, GapCause.NO_PICTURES)
    assert ledger(growing, pause) == [(14, 16, GapCause.NO_PICTURES)]
    assert ledger(growing, pause, outage(60, LASTS)) == [
        (14, 16, GapCause.NO_PICTURES),
        (60, LASTS, GapCause.NETWORK),
    ]


def test_a_pause_beside_a_fault_is_no_reason_for_the_rest() -> None:
    pause = outage(60, 62, GapCause.NO_PICTURES)
    assert ledger(BOTH, pause, outage(70, 90, GapCause.STORAGE)) == [
        (60, 62, GapCause.NO_PICTURES),
        (62, 100, GapCause.STORAGE),
    ]


def test_the_first_cause_stays_until_it_is_over() -> None:
    off, full = outage(60, 80), outage(70, 100, GapCause.DISK_FULL)
    assert ledger(BOTH, off, full) == [(60, 80, GapCause.NETWORK), (80, 100, GapCause.DISK_FULL)]
    assert ledger(BOTH, outage(60, 100), outage(70, 80, GapCause.STORAGE)) == [(60, 100, GapCause.NETWORK)]


def test_the_same_cause_again_is_the_same_gap() -> None:
    found = ledger_gaps(YARD, BOTH, [outage(60, 70), outage(72, 100)])
    assert rows(found) == [(60, 100, GapCause.NETWORK)]
    assert found[0].detail == "since 60"


def test_connecting_belongs_to_what_it_follows() -> None:
    connecting = outage(80, 100, GapCause.CONNECTING)
    assert ledger(BOTH, outage(60, 80, GapCause.PROCESS_DIED), connecting) == [(60, 100, GapCause.PROCESS_DIED)]
    assert ledger(BOTH, outage(60, 80, GapCause.SHUTDOWN), connecting) == [(60, 100, GapCause.SHUTDOWN)]
    assert ledger([piece(100, 160)], connecting) == [(80, 100, GapCause.CONNECTING)]
    assert ledger(BOTH, connecting) == [(60, 100, GapCause.UNKNOWN)]


def test_a_fault_after_a_stop_on_purpose_is_counted_apart() -> None:
    assert ledger(BOTH, outage(60, 80, GapCause.SHUTDOWN), outage(80, 100)) == [
        (60, 80, GapCause.SHUTDOWN),
        (80, 100, GapCause.NETWORK),
    ]


def test_time_that_never_was_and_files_that_are_gone_count_before_everything_else() -> None:
    jump, lost = outage(70, 80, GapCause.CLOCK_JUMP), outage(90, 95, GapCause.FILE_LOST)
    assert ledger(BOTH, outage(50, 110), jump, lost) == [
        (60, 70, GapCause.NETWORK),
        (70, 80, GapCause.CLOCK_JUMP),
        (80, 90, GapCause.NETWORK),
        (90, 95, GapCause.FILE_LOST),
        (95, 100, GapCause.NETWORK),
    ]


def test_behind_a_segment_that_grows_only_what_was_told_is_missing() -> None:
    growing = [piece(0, 55, growing=True)]
    assert ledger(growing) == []
    assert ledger(growing, outage(60, LASTS)) == [(60, LASTS, GapCause.NETWORK)]
    assert ledger([*growing, piece(60, 65, growing=True)]) == []
    assert ledger([piece(0, 60), piece(60, 60, growing=True)], outage(10, 20)) == []


def test_a_gap_lasts_while_its_outage_does() -> None:
    assert ledger([piece(0, 60)], outage(61, LASTS)) == [(60, LASTS, GapCause.NETWORK)]
    assert ledger([], outage(61, LASTS, GapCause.CONNECTING)) == [(61, LASTS, GapCause.CONNECTING)]
    assert ledger([piece(0, 60)], outage(61, 70)) == [(60, 70, GapCause.NETWORK)]


def test_slivers_between_causes_are_no_gaps_of_their_own() -> None:
    assert ledger(BOTH, outage(60, 80), outage(80.01, 100, GapCause.STORAGE)) == [
        (60, 80.01, GapCause.NETWORK),
        (80.01, 100, GapCause.STORAGE),
    ]
    assert ledger(BOTH, outage(60, 60.01), outage(60.01, 100, GapCause.STORAGE)) == [(60, 100, GapCause.STORAGE)]


def test_segments_that_overlap_and_lie_in_each_other_cover_once() -> None:
    covered = [piece(0, 60), piece(10, 20), piece(50, 70), piece(90, 100)]
    assert ledger(covered, outage(69, 95)) == [(70, 90, GapCause.NETWORK)]


# --- any history --------------------------------------------------------------------------------------

MOMENTS = st.integers(0, 2000).map(lambda twentieths: twentieths / 20)
SPANS = st.tuples(MOMENTS, MOMENTS).map(sorted)
CAUSES = st.sampled_from([cause for cause in GapCause if cause is not GapCause.UNKNOWN])
SEGMENTS = st.lists(
    st.builds(lambda span, grows: piece(*span, growing=grows), SPANS, st.booleans()), max_size=8
).map(lambda pieces: sorted(pieces, key=lambda one: one.start))
OUTAGES = st.lists(
    st.builds(
        lambda span, lasts, cause: outage(span[0], None if lasts else span[1], cause), SPANS, st.booleans(), CAUSES
    ),
    max_size=6,
)


def recorded_at(moment: UtcNs, covered: list[Covered], outages: list[Outage]) -> bool:
    paused = any(
        one.start <= moment < one.end
        for one in outages
        if one.cause is GapCause.NO_PICTURES and one.end is not None
    )
    return not paused and any(one.start <= moment < one.end for one in covered)


@settings(max_examples=500)
@given(SEGMENTS, OUTAGES)
def test_segments_and_gaps_tile_the_time(covered: list[Covered], outages: list[Outage]) -> None:
    found = ledger_gaps(YARD, covered, outages)
    spans = [(gap.start, FOR_EVER if gap.end is None else gap.end) for gap in found]
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), "no overlap"
    real = [one for one in outages if one.end is None or one.end > one.start]
    edges = {edge for one in covered for edge in (one.start, one.end)} | {edge for span in spans for edge in span}
    edges |= {edge for one in real for edge in (one.start, FOR_EVER if one.end is None else one.end)}
    ordered = sorted(edges)
    for start, end in pairwise(ordered):
        missing = any(first <= start and end <= last for first, last in spans)
        recorded = recorded_at(start, covered, real)
        assert not (missing and recorded), "nothing that was recorded is missing"
        if not missing and not recorded:
            assert_is_no_gap(start, end, covered, real)
    begun = {one.start for one in covered}
    for before, after in pairwise(found):
        one_gap = before.end == after.start and before.cause is after.cause and after.start not in begun
        assert not one_gap, "one cause, one gap"


def last_picture(segment: Covered, outages: list[Outage]) -> UtcNs:
    """Where a segment ends without the pauses at its end."""
    end = segment.end
    pauses = [one for one in outages if one.cause is GapCause.NO_PICTURES and one.end is not None]
    while cut := [one for one in pauses if one.end is not None and one.start < end <= one.end]:
        end = max(segment.start, min(one.start for one in cut))
        if end == segment.start:
            break
    return end


def assert_is_no_gap(start: UtcNs, end: UtcNs, covered: list[Covered], outages: list[Outage]) -> None:
    """Time that is neither recorded nor missing is short, or behind a segment that grows."""
    ends = {one: last_picture(one, outages) for one in covered if one.start <= start}
    reach = max(ends.values(), default=None)
    grows = any(one.growing and end == reach for one, end in ends.items())
    told = any(one.start <= start and (one.end is None or one.end >= end) for one in outages)
    longest = max((shortest_gap(one, None) for one in covered), default=shortest_gap(None, None))
    assert end - start < longest or (grows and not told)


@settings(max_examples=300)
@given(SEGMENTS, OUTAGES)
def test_what_is_computed_in_part_is_what_is_computed_as_a_whole(
    covered: list[Covered], outages: list[Outage]
) -> None:
    whole = ledger_gaps(YARD, covered, outages)
    edges = [ALWAYS.start, *sorted({one.start for one in covered}), FOR_EVER]
    parts = [
        gap
        for first, last in pairwise(edges)
        for gap in ledger_gaps(YARD, [one for one in covered if one.start <= last], outages, Span(first, last))
    ]
    assert parts == whole
