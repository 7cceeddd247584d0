"""Deletions for users: what lies within the span goes, what is protected, written or half outside stays."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.api.evidence.ports import DeletionView, DeletionWish
from gstnvr.db.audit import audit_lines
from gstnvr.model.evidence import DeletionState
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import SegmentState
from gstnvr.storage.deletion import LARGEST_BATCH
from gstnvr.supervisor.evidence.user_deletions import UserDeletions
from gstnvr.volume.identity import IDENTITY_FILE
from tests.rig.evidence_orders import utc
from tests.rig.made_archive import SEGMENT_MS, YARD, MadeArchive, made_archive
from tests.rig.waiting import until

WITHIN_S = 60.0
GATE = StreamId(CameraId("gate"), StreamKind.MAIN)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MadeArchive]:
    with made_archive(tmp_path) as archive:
        yield archive


def delete(made: MadeArchive, start_ms: int, end_ms: int) -> DeletionView:
    """Delete a span of the yard, and wait for the end of it."""

    async def scenario() -> DeletionView:
        deletions = UserDeletions(made.archive)
        task = asyncio.create_task(deletions.run())
        begun = await deletions.begin(DeletionWish(YARD, utc(start_ms), utc(end_ms), "privacy", "kim"))
        assert deletions.one(begun.uid) is not None
        await until(lambda: deletions.all()[0].ended is not None, WITHIN_S, "the deletion ends")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return deletions.all()[0]

    return asyncio.run(scenario())


def test_what_lies_within_the_span_is_deleted_and_in_the_ledger(made: MadeArchive) -> None:
    segments = [made.add(number) for number in range(5)]
    others = made.add(2, stream=GATE)
    done = delete(made, 2000, 8000)
    assert (done.state, done.segments, done.deleted, done.kept) == (DeletionState.DONE, 3, 3, ())
    assert done.deleted_bytes == sum(segment.size for segment in segments[1:4])
    assert [made.file(segment).exists() for segment in segments] == [True, False, False, False, True]
    assert made.file(others).exists()
    assert [(gap.start, gap.end, gap.cause) for gap in made.index.gaps(YARD)] == [
        (utc(2000), utc(8000), GapCause.DELETED)
    ]


def test_what_stays_is_told_with_the_reason(made: MadeArchive) -> None:
    segments = [made.add(number) for number in range(5)] + [made.add(5, SegmentState.OPEN)]
    made.protect(5000, 5001)
    done = delete(made, 1000, 20_000)
    assert done.deleted == 3
    kept = {kept.why: (kept.segments, kept.length_ns) for kept in done.kept}
    assert kept == {
        "it is protected": (1, 2_000_000_000),
        "it reaches beyond the span": (1, 2_000_000_000),
        "it is being written": (1, 2_000_000_000),
    }
    assert [made.file(segment).exists() for segment in segments] == [True, False, True, False, False, True]


def test_who_deleted_what_and_what_came_of_it_is_in_the_audit_log(made: MadeArchive) -> None:
    made.add(0)
    done = delete(made, 0, 2000)
    with made.index.reading() as connection:
        last, first = [line for _, line in audit_lines(connection)]
    assert (first.user, first.action, first.subject) == ("kim", "delete", "yard/main")
    assert (first.detail["reason"], first.detail["uid"]) == ("privacy", done.uid)
    assert (last.action, last.detail["state"], last.detail["deleted"]) == ("deleted", "done", 1)


def test_a_volume_that_is_not_there_fails_and_changes_nothing(made: MadeArchive) -> None:
    segment = made.add(0)
    (Path(made.volume.path) / IDENTITY_FILE).unlink()
    done = delete(made, 0, 2000)
    assert done.state is DeletionState.FAILED
    assert done.message
    assert made.file(segment).exists()
    assert made.index.segments(YARD, states=[SegmentState.CLOSED])


def test_more_than_one_batch_is_deleted(made: MadeArchive) -> None:
    count = LARGEST_BATCH + 5
    for number in range(count):
        made.add(number)
    done = delete(made, 0, count * SEGMENT_MS)
    assert done.deleted == count
    assert made.index.segments(YARD) == []


def test_a_span_without_recordings_is_done_at_once(made: MadeArchive) -> None:
    done = delete(made, 0, 2000)
    assert (done.state, done.segments) == (DeletionState.DONE, 0)
