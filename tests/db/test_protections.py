"""Protected spans: what they cover, in memory and in SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from gstnvr.db.index import Index
from gstnvr.db.protections import IS_PROTECTED, ProtectedSpans, Protection, protect, protections, release
from gstnvr.db.tables import SegmentRow
from gstnvr.model.clock import UtcNs
from tests.db.facts import GATE, VOLUME, YARD, at, segment


def protection(
    uid: str, start: float, end: float, *, stream: object = YARD, released: float | None = None
) -> Protection:
    assert stream in (YARD, GATE)
    return Protection(
        uid,
        YARD if stream == YARD else GATE,
        at(start),
        at(end),
        "theft",
        "kim",
        at(1000),
        None if released is None else at(released),
        None if released is None else "lee",
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "index.db") as opened:
        with opened.writing() as writer:
            writer.ensure_volume(VOLUME)
        yield opened


def protected_paths(index: Index) -> set[str]:
    with index.reading() as connection:
        return set(connection.execute(select(SegmentRow.path).where(IS_PROTECTED)).scalars())


def test_a_protection_is_read_back_until_it_is_released(index: Index) -> None:
    first, second = protection("p1", 10, 20), protection("p2", 5, 8, stream=GATE)
    with index.writing() as writer:
        protect(writer, first)
        protect(writer, second)
    with index.reading() as connection:
        assert protections(connection) == [second, first]
        assert protections(connection, YARD) == [first]
        assert protections(connection, start=at(8), end=at(11)) == [first]
        assert protections(connection, start=at(20)) == []
    with index.writing() as writer:
        assert release(writer, "p1", at(30), "lee") == protection("p1", 10, 20, released=30)
        assert release(writer, "p1", at(40), "park") == protection("p1", 10, 20, released=30)
        assert release(writer, "other", at(40), "park") is None
    with index.reading() as connection:
        assert protections(connection) == [second]
        assert protections(connection, released=True) == [second, protection("p1", 10, 20, released=30)]


def test_a_protection_holds_every_segment_of_its_stream_that_it_reaches_into(index: Index) -> None:
    segments = [segment(0, 60), segment(60, 120), segment(120, 180), segment(60, 120, GATE)]
    with index.writing() as writer:
        for one in segments:
            writer.segment_closed(one)
        protect(writer, protection("p1", 119, 120.5))
    assert protected_paths(index) == {segments[1].path, segments[2].path}
    with index.writing() as writer:
        release(writer, "p1", at(200), "lee")
    assert protected_paths(index) == set()


SPANS = st.tuples(st.integers(0, 20), st.integers(1, 8)).map(lambda span: (span[0], span[0] + span[1]))


@given(st.lists(st.tuples(SPANS, st.booleans(), st.sampled_from([YARD, GATE]))), SPANS)
def test_covers_says_whether_any_moment_is_protected(
    entered: list[tuple[tuple[int, int], bool, object]], asked: tuple[int, int]
) -> None:
    spans = ProtectedSpans(
        protection(str(number), *span, stream=stream, released=50 if over else None)
        for number, (span, over, stream) in enumerate(entered)
    )
    moments = {moment for span, over, stream in entered if not over and stream == YARD for moment in range(*span)}
    assert spans.covers(YARD, at(asked[0]), at(asked[1])) == bool(moments & set(range(*asked)))


def test_nothing_is_covered_without_protections() -> None:
    assert not ProtectedSpans([]).covers(YARD, UtcNs(0), UtcNs(10))
