"""Segments that are moved to another volume after an export was ordered."""

from pathlib import Path

import msgspec
import pytest

from gstnvr.evidence.reading import hash_of, opened
from tests.rig.evidence_orders import source, write_segment


def test_a_source_is_found_where_it_was_moved_to(tmp_path: Path) -> None:
    file = write_segment(tmp_path / "hot.mp4")
    size, other, moved = file.stat().st_size, tmp_path / "other.mp4", tmp_path / "moved.mp4"
    other.write_bytes(b"another recording of that name")
    gone = str(tmp_path / "gone.mp4")
    ordered = source(file, 1, 0, 2000)
    segment = msgspec.structs.replace(ordered, size=size, elsewhere=(gone, str(other), str(moved)))
    before = hash_of(segment, size, lambda _: None)
    file.rename(moved)
    assert hash_of(segment, size, lambda _: None) == before
    moved.unlink()
    with pytest.raises(FileNotFoundError, match=r"hot\.mp4"), opened(segment):
        pass
