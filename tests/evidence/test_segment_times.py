"""How segments lie on the wall clock, where a recorder stretched or shrank their rows, and what follows of it."""

from pathlib import Path

import pytest

from gstnvr.evidence.joining import chains, stretches
from gstnvr.evidence.reading import first_table
from gstnvr.evidence.source import Source, source_of
from gstnvr.model.clock import NS_PER_MS, NS_PER_S
from tests.rig.evidence_orders import source, utc, write_segment


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two seconds of media."""
    return write_segment(tmp_path / "segment.mp4")


def made(file: Path, number: int, start_ms: int, end_ms: int, *, growing: bool = False) -> Source:
    row = source(file, number, start_ms, end_ms, growing=growing)
    return source_of(row, first_table(row))


@pytest.mark.parametrize("length_ms", [1960, 2000, 2040, 2400])
def test_a_row_that_is_a_little_longer_or_shorter_is_believed(file: Path, length_ms: int) -> None:
    found = made(file, 1, 0, length_ms)
    assert (found.utc(0), found.end) == (utc(0), utc(length_ms))
    assert found.utc(found.length // 2) == utc(length_ms // 2)
    assert abs(found.moment(utc(length_ms // 4)) - NS_PER_S // 2) <= 1


@pytest.mark.parametrize(("end_ms", "growing"), [(10_000, False), (500, False), (1200, True), (0, True)])
def test_where_the_row_cannot_be_right_the_file_counts(file: Path, end_ms: int, growing: bool) -> None:
    assert made(file, 1, 0, end_ms, growing=growing).end == utc(2000)


@pytest.mark.parametrize("end_ms", [0, -300])
def test_a_row_without_length_does_not_keep_a_short_file_from_being_found(tmp_path: Path, end_ms: int) -> None:
    row = source(write_segment(tmp_path / "short.mp4", frames=10), 1, 0, end_ms)
    found = source_of(row, first_table(row))
    assert found.length <= NS_PER_S // 2
    assert found.moment(utc(100)) == 100 * NS_PER_MS


def test_rows_that_adjoin_are_one_file_although_drift_was_corrected(file: Path) -> None:
    sources = [made(file, 1, 0, 1850), made(file, 2, 1850, 3870), made(file, 3, 3870, 5870)]
    (chain,) = chains(sources)
    assert [link.position for link in chain] == [0, 2 * NS_PER_S, 4 * NS_PER_S]
    (stretch,) = stretches(chain, utc(925), utc(4870))
    assert (stretch.span.start, stretch.span.end) == (NS_PER_S, 5 * NS_PER_S)


@pytest.mark.parametrize("hole_ms", [30, 40, 1000, -500, -3000])
def test_what_lacks_a_picture_or_overlaps_is_parted(file: Path, hole_ms: int) -> None:
    sources = [made(file, 1, 0, 2000), made(file, 2, 2000 + hole_ms, 4000 + hole_ms)]
    assert len(chains(sources)) == 2


@pytest.mark.parametrize("hole_ms", [29, 10, 0, -20])
def test_less_than_a_picture_is_no_hole(file: Path, hole_ms: int) -> None:
    sources = [made(file, 1, 0, 2000), made(file, 2, 2000 + hole_ms, 4000 + hole_ms)]
    (chain,) = chains(sources)
    assert chain[1].position == 2 * NS_PER_S + max(0, hole_ms) * NS_PER_MS


def test_long_stretches_are_parted_and_adjoin(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gstnvr.evidence.joining.LONGEST_FILE_NS", 3 * NS_PER_S)
    (chain,) = chains([made(file, number, number * 2000, number * 2000 + 2000) for number in range(4)])
    spans = [stretch.span for stretch in stretches(chain, utc(0), utc(8000))]
    assert [(span.start // NS_PER_S, span.end // NS_PER_S) for span in spans] == [(0, 3), (3, 6), (6, 8)]


def test_a_span_beside_the_recordings_has_nothing(file: Path) -> None:
    (chain,) = chains([made(file, 1, 0, 2000)])
    assert stretches(chain, utc(-5000), utc(0)) == []
    assert stretches(chain, utc(2000), utc(5000)) == []
