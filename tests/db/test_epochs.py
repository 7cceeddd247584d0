"""A clock that is set back: an hour comes twice, and each time has a ledger of its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.db.index import Index
from gstnvr.db.ledger import Span
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Outage, SegmentState
from tests.db.facts import VOLUME, YARD, at, gap, outage, segment


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index.db") as index:
        with index.writing() as writer:
            writer.ensure_volume(VOLUME)
        yield index


def clock_set_back(uid: str, before: float, after: float) -> Outage:
    return Outage(uid, YARD, at(before), at(after), GapCause.CLOCK_JUMP)


def test_an_outage_in_an_hour_that_comes_twice_is_a_gap_though_it_was_recorded_the_first_time(
    index: Index,
) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 3600))
        writer.outage_changed(clock_set_back("c", 3600, 0))
        writer.outage_changed(clock_set_back("c", 3600, 0))
        writer.segment_closed(segment(0.5, 600))
        writer.outage_changed(outage("o1", 600, 700))
        writer.segment_closed(segment(700, 5000))
    assert index.gaps(YARD) == [gap(600, 700)]
    assert index.last_end(YARD) == at(5000)
    assert index.totals(YARD, Span(at(0), at(5000)), at(5000)).whole.recorded == (3600 + 4899.5) * NS_PER_S


def test_before_the_clock_was_set_back_nothing_changes_any_more(index: Index) -> None:
    opened = segment(0, 10, state=SegmentState.OPEN)
    with index.writing() as writer:
        writer.segment_opened(opened)
        writer.outage_changed(clock_set_back("c", 60, 5))
        writer.segment_opened(segment(6, 6, state=SegmentState.OPEN))
        writer.segment_closed(replace(opened, end=at(60), state=SegmentState.CLOSED))
    assert index.last_end(YARD) == at(6)
    with index.writing() as writer:
        writer.segment_closed(segment(6, 20))
        writer.outage_changed(outage("o1", 20, None))
    assert index.gaps(YARD) == [gap(20, None)]


def test_a_file_that_is_found_belongs_to_the_epoch_of_its_neighbours(index: Index) -> None:
    with index.writing() as writer:
        writer.segment_closed(segment(0, 60))
        writer.segment_closed(segment(120, 3600))
        writer.outage_changed(clock_set_back("c", 3600, 3000))
        writer.segment_closed(segment(3001, 4000))
    assert [(found.start, found.end) for found in index.gaps(YARD)] == [(at(60), at(120))]
    with index.writing() as writer:
        writer.segment_found(segment(60, 120))
    assert index.gaps(YARD) == []
