"""Exports of what lies at another place only: it is asked back and waited for, but not for ever."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.blocking.calls import BlockingCalls
from gstnvr.db import copies
from gstnvr.evidence.order import SourceSegment
from gstnvr.model.copies import Fetch
from gstnvr.model.ids import CameraId
from gstnvr.supervisor.copies.brought_back import bring_back
from tests.rig.made_archive import MadeArchive, made_archive


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeArchive]:
    with made_archive(tmp_path) as archive:
        yield archive


def copied(made: MadeArchive, folder: Path, count: int) -> list[SourceSegment]:
    """Segments of which there is a copy at a place, as an order has them."""
    for number in range(count):
        made.add(number)
    rows = made.index.segments()
    keys = [row.id for row in rows if row.id is not None]
    with made.index.writing() as writer:
        copies.want(writer, "attic", [CameraId("yard")], after=0, until=keys[-1])
        for key in keys:
            (copy,) = copies.copies_of(writer.connection, key)
            copies.copy_done(writer, copy.id, size=1, sha256="0" * 64, at=rows[0].end)
    return [
        SourceSegment(key, str(folder / f"{key}.mp4"), row.path, row.volume, row.start, row.end, False, True)
        for key, row in zip(keys, rows, strict=True)
    ]


def test_files_are_asked_back_and_waited_for(made: MadeArchive, tmp_path: Path) -> None:
    segments = copied(made, tmp_path, 3)
    told: list[int] = []

    def arrive(there: int) -> None:
        told.append(there)
        if there < 3:
            asked = [copies.copies_of(connection, segment.id)[0].fetch for segment in segments]
            assert asked == [Fetch.CACHE] * 3
            Path(segments[there].file).write_bytes(b"x")

    with made.index.reading() as connection:
        asyncio.run(bring_back(made.index, segments, BlockingCalls("test"), arrive, look_every_s=0.01))
    assert told == [0, 1, 2, 3]


def test_what_does_not_come_is_not_waited_for_for_ever(made: MadeArchive, tmp_path: Path) -> None:
    segments = copied(made, tmp_path, 1)
    told: list[int] = []
    asyncio.run(
        bring_back(made.index, segments, BlockingCalls("test"), told.append, patience_s=0.05, look_every_s=0.01)
    )
    assert set(told) == {0}


def test_what_has_no_copy_is_not_waited_for_at_all(made: MadeArchive, tmp_path: Path) -> None:
    (segment,) = copied(made, tmp_path, 1)
    with made.index.writing() as writer:
        copies.forget(writer, copies.copies_of(writer.connection, segment.id)[0])
    asyncio.run(bring_back(made.index, [segment], BlockingCalls("test"), lambda _: None, patience_s=1e9))
