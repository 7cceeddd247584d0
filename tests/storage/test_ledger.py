"""Balancing the gap ledger: by example, and for any segments and gaps at all."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.db.timeline import ADJOINING_NS
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap
from gstnvr.storage.ledger import Ledger, Span, balance

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)


def at(seconds: float) -> UtcNs:
    return UtcNs(round(seconds * NS_PER_S))


def spans(*pairs: tuple[float, float]) -> list[Span]:
    return [(at(start), at(end)) for start, end in pairs]


def gap(uid: str, start: float, end: float | None, cause: GapCause = GapCause.NETWORK) -> Gap:
    return Gap(uid, YARD, at(start), None if end is None else at(end), cause)


def balanced(
    recorded: list[Span], gaps: list[Gap], until: float | None = None, lost: list[Span] | None = None
) -> list[tuple[float, float | None, GapCause]]:
    """The ledger after its changes were made."""
    ledger = Ledger(YARD, recorded, lost or [], gaps, None if until is None else at(until))
    rows = {row.uid: row for row in gaps}
    rows.update((change.uid, change) for change in balance(ledger))
    left = sorted(
        (row for row in rows.values() if row.end is None or row.end > row.start), key=lambda row: row.start
    )
    assert balance(replace(ledger, gaps=left)) == []
    return [(row.start / NS_PER_S, None if row.end is None else row.end / NS_PER_S, row.cause) for row in left]


def test_nothing_known_needs_nothing() -> None:
    assert balanced([], [], until=100) == []


def test_a_hole_without_a_gap_gets_one() -> None:
    assert balanced(spans((0, 60), (70, 130)), [], until=150) == [
        (60, 70, GapCause.PROCESS_DIED),
        (130, 150, GapCause.PROCESS_DIED),
    ]
    assert balanced(spans((0, 60), (70, 130)), []) == [(60, 70, GapCause.PROCESS_DIED)]


def test_a_hole_too_short_to_matter_gets_none() -> None:
    assert balanced(spans((0, 60), (60.1, 120)), []) == []


def test_a_gap_that_explains_a_hole_in_part_is_supplemented() -> None:
    assert balanced(spans((0, 60), (100, 160)), [gap("g", 60, 80)]) == [
        (60, 80, GapCause.NETWORK),
        (80, 100, GapCause.PROCESS_DIED),
    ]


def test_a_hole_may_have_several_causes_one_after_the_other() -> None:
    gaps = [gap("a", 60, 80), gap("b", 80, 100, GapCause.SHUTDOWN)]
    assert balance(Ledger(YARD, spans((0, 60), (100, 160)), [], gaps, None)) == []


def test_overlapping_gaps_are_cut_so_that_the_first_stays() -> None:
    assert balanced(spans((0, 60), (100, 160)), [gap("a", 60, 90), gap("b", 80, 100, GapCause.STORAGE)]) == [
        (60, 90, GapCause.NETWORK),
        (90, 100, GapCause.STORAGE),
    ]


def test_a_gap_is_cut_where_a_segment_is_found_and_keeps_its_uid() -> None:
    ledger = Ledger(YARD, spans((0, 60), (65, 70), (100, 160)), [], [gap("g", 55, 100)], None)
    first, second = balance(ledger)
    assert first == gap("g", 60, 65)
    assert (second.start, second.end, second.cause) == (at(70), at(100), GapCause.NETWORK)
    assert second.uid != "g"


def test_a_gap_that_was_recorded_after_all_is_removed() -> None:
    assert balance(Ledger(YARD, spans((0, 60)), [], [gap("g", 10, 20)], None)) == [gap("g", 10, 10)]


def test_a_gap_that_lasts_ends_now_or_with_the_next_segment() -> None:
    assert balanced(spans((0, 60)), [gap("g", 60, None)], until=90) == [(60, 90, GapCause.NETWORK)]
    assert balanced(spans((0, 60)), [gap("g", 60, None)]) == [(60, None, GapCause.NETWORK)]
    assert balanced(spans((0, 60), (70, 80)), [gap("g", 60, None)], until=90) == [
        (60, 70, GapCause.NETWORK),
        (80, 90, GapCause.PROCESS_DIED),
    ]


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    assert balanced(spans((0, 60)), [gap("g", 60, 80)], until=10) == [(60, 80, GapCause.NETWORK)]
    assert balanced(spans((0, 60)), [gap("g", 60, None)], until=10) == []


def test_a_lost_file_is_a_gap_of_its_own() -> None:
    lost = spans((60, 120))
    assert balanced(spans((0, 60), (130, 160)), [], lost=lost) == [
        (60, 120, GapCause.FILE_LOST),
        (120, 130, GapCause.PROCESS_DIED),
    ]
    assert balanced(spans((0, 60)), [gap("g", 60, 90)], lost=lost) == [
        (60, 90, GapCause.NETWORK),
        (90, 120, GapCause.FILE_LOST),
    ]


steps = st.integers(0, 400).map(lambda tenths: tenths / 20)
pairs = st.tuples(steps, steps).map(sorted).map(lambda pair: (pair[0], pair[1]))
some_spans = st.lists(pairs, max_size=8).map(lambda found: spans(*sorted(found)))
some_gaps = st.lists(st.tuples(pairs, st.booleans()), max_size=6).map(
    lambda found: [
        gap(f"g{number}", start, None if lasts else end)
        for number, ((start, end), lasts) in enumerate(sorted(found))
        if lasts or end > start
    ]
)


@settings(max_examples=400)
@given(some_spans, some_spans, some_gaps, st.none() | steps)
def test_afterwards_every_moment_is_accounted_for_once(
    recorded: list[Span], lost: list[Span], gaps: list[Gap], until: float | None
) -> None:
    left = balanced(recorded, gaps, until, lost)
    tolerance = ADJOINING_NS / NS_PER_S
    ends = [span[1] for span in (*recorded, *lost)] + [row.end or row.start for row in gaps]
    last = max([end / NS_PER_S for end in ends] + ([until] if until is not None and ends else []), default=0)
    first = min([span[0] for span in (*recorded, *lost)] + [row.start for row in gaps], default=0) / NS_PER_S
    taken = sorted(
        [(start / NS_PER_S, end / NS_PER_S) for start, end in recorded]
        + [(start, last if end is None else end) for start, end, _ in left]
    )
    reached = first
    for start, end in taken:
        assert start - reached <= tolerance + 1e-9
        reached = max(reached, end)
    assert last - reached <= tolerance + 1e-9
    for start, stop, _ in left:
        for other_start, other_stop, _ in left:
            if (start, stop) != (other_start, other_stop):
                assert min(stop or last, other_stop or last) - max(start, other_start) <= tolerance + 1e-9
        for span_start, span_end in recorded:
            assert min(stop or last, span_end / NS_PER_S) - max(start, span_start / NS_PER_S) <= tolerance + 1e-9
