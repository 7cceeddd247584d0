"""One segment on its way to another volume, interrupted at every step."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import Reason
from gstnvr.model.records import Segment, SegmentState, Volume
from gstnvr.storage import moving
from gstnvr.storage.check import check
from gstnvr.storage.deletion import delete_segments
from gstnvr.storage.moving import ChangedError, Order, SourceError, Step, TargetError, move_segment, steps
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Action
from gstnvr.volume.identity import IDENTITY_FILE, create_identity
from gstnvr.volume.transfer import Pace, copy_hidden, hidden_path, is_hidden
from tests.storage.archive import Archive, at

NOW = at(7200)
OLD = NOW / 1e9 - 3600


@pytest.fixture
def cold(archive: Archive) -> Iterator[Volume]:
    root = archive.root.parent / "cold"
    root.mkdir()
    volume = Volume(create_identity(root, SystemClock()).uuid, str(root))
    with archive.index.writing() as writer:
        writer.ensure_volume(volume)
    yield volume


def recorded(archive: Archive, start: float = 0) -> Segment:
    """With its key."""
    made = archive.record(start)
    os.utime(archive.file(made), (OLD, OLD))
    row = archive.index.segment_at(made.volume, made.path)
    assert row is not None
    return row


def order(archive: Archive, cold: Volume, row: Segment) -> Order:
    return Order(row, archive.volume, cold, keep_free=0)


def files(*volumes: Volume) -> list[Path]:
    return sorted(file for volume in volumes for file in Path(volume.path).rglob("*.m*") if file.is_file())


def grow_old(*volumes: Volume) -> None:
    """As if a quarter of an hour had passed."""
    for file in files(*volumes):
        os.utime(file, (OLD, OLD))


def assert_settled(archive: Archive, cold: Volume) -> None:
    volumes = [archive.volume, cold]
    assert reconcile(archive.index, volumes, now=NOW) == []
    assert check(archive.index, volumes, now=NOW, running=False).findings == ()


def test_a_segment_lies_on_the_other_volume_byte_for_byte(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    content, facts = archive.file(row).read_bytes(), archive.file(row).stat()
    paced: list[int] = []
    move_segment(archive.index, order(archive, cold, row), paced.append, NOW)
    (moved,) = archive.index.segments()
    assert moved == replace(row, volume=cold.uuid)
    (file,) = files(archive.volume, cold)
    assert file == Path(cold.path) / row.path
    assert file.read_bytes() == content
    assert file.stat().st_mtime_ns == facts.st_mtime_ns
    assert sum(paced) == row.size
    assert_settled(archive, cold)


@pytest.mark.parametrize("last", list(Step))
@pytest.mark.parametrize("again", [False, True])
def test_wherever_it_ends_there_is_one_row_and_one_file(
    archive: Archive, cold: Volume, last: Step, again: bool
) -> None:
    """Reconciled at once, or after the mover has had another go."""
    row, other = recorded(archive), recorded(archive, 2)
    content = archive.file(row).read_bytes()
    for step in steps(archive.index, order(archive, cold, row), lambda _: None, NOW):
        if step is last:
            break
    (there,) = (one for one in archive.index.segments() if one.id == row.id)
    if again and there == row:
        move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)
    grow_old(archive.volume, cold)
    reconcile(archive.index, [archive.volume, cold], now=NOW)
    assert [one.id for one in archive.index.segments()] == [row.id, other.id]
    (now, _) = archive.index.segments()
    root = Path(cold.path if now.volume == cold.uuid else archive.volume.path)
    assert (now.size, now.frames, now.state) == (row.size, row.frames, SegmentState.CLOSED)
    assert (root / now.path).read_bytes() == content
    assert len(files(archive.volume, cold)) == 2
    assert (now.volume == cold.uuid) == (again or last in (Step.ENTERED, Step.UNLINKED))
    assert_settled(archive, cold)


def test_what_may_be_under_way_is_left_alone(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    for last in (Step.COPIED, Step.RENAMED):
        for step in steps(archive.index, order(archive, cold, row), lambda _: None, NOW):
            if step is last:
                break
        for file in files(cold):
            os.utime(file, (NOW / 1e9, NOW / 1e9))
        assert reconcile(archive.index, [archive.volume, cold], now=NOW) == []
        assert len(files(cold)) == 1


def test_a_file_that_is_gone_where_it_was_moved_to_is_found_where_it_was(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    for step in steps(archive.index, order(archive, cold, row), lambda _: None, NOW):
        if step is Step.ENTERED:
            break
    (Path(cold.path) / row.path).unlink()
    changes = reconcile(archive.index, [archive.volume, cold], now=NOW)
    assert Action.FOUND in [change.action for change in changes]
    assert archive.index.segments() == [row]
    assert_settled(archive, cold)


def test_a_twin_is_left_alone_while_its_volume_is_away_and_where_it_differs(
    archive: Archive, cold: Volume
) -> None:
    row = recorded(archive)
    for step in steps(archive.index, order(archive, cold, row), lambda _: None, NOW):
        if step is Step.ENTERED:
            break
    identity = Path(cold.path) / IDENTITY_FILE
    identity.rename(identity.with_name("away"))
    changes = reconcile(archive.index, [archive.volume], now=NOW)
    assert [change.action for change in changes] == [Action.LEFT_ALONE]
    identity.with_name("away").rename(identity)
    file = archive.file(row)
    content = file.read_bytes()
    file.write_bytes(content[:-1] + b"x")
    os.utime(file, (OLD, OLD))
    changes = reconcile(archive.index, [archive.volume, cold], now=NOW)
    assert [change.action for change in changes] == [Action.LEFT_ALONE]
    assert len(files(archive.volume, cold)) == 2
    assert [one.volume for one in archive.index.segments()] == [cold.uuid]


def test_another_recording_of_the_same_name_is_not_replaced(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    there = Path(cold.path) / row.path
    there.parent.mkdir(parents=True)
    there.write_bytes(b"something else")
    move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)
    (moved,) = archive.index.segments()
    assert moved.path == row.path.replace("Z.mp4", "Z-2.mp4")
    assert there.read_bytes() == b"something else"
    assert (Path(cold.path) / moved.path).stat().st_size == row.size


def test_what_is_read_back_different_stays_where_it_is(
    archive: Archive, cold: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = recorded(archive)

    def spoilt(source: Path, root: Path, path: str, pace: Pace) -> str:
        digest = copy_hidden(source, root, path, pace)
        with (root / hidden_path(path)).open("r+b") as file:
            file.write(b"\0" * 16)
        return digest

    monkeypatch.setattr(moving, "copy_hidden", spoilt)
    with pytest.raises(TargetError, match="does not hold what was written to it"):
        move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)
    assert archive.index.segments() == [row]
    assert files(archive.volume, cold) == [archive.file(row)]


def test_one_that_is_deleted_meanwhile_goes_on_both_volumes(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    with pytest.raises(ChangedError):
        for step in steps(archive.index, order(archive, cold, row), lambda _: None, NOW):
            if step is Step.VERIFIED:
                assert delete_segments(archive.index, archive.volume, [row.path], now=NOW).deleted
    assert archive.index.segments() == []
    assert files(archive.volume, cold) == []


def test_an_interruption_leaves_nothing(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)

    def interrupt(_: int) -> None:
        raise InterruptedError

    with pytest.raises((InterruptedError, TargetError)):
        move_segment(archive.index, order(archive, cold, row), interrupt, NOW)
    assert files(archive.volume, cold) == [archive.file(row)]


@pytest.mark.parametrize("state", [SegmentState.OPEN, SegmentState.DELETING])
def test_only_what_is_closed_moves(archive: Archive, cold: Volume, state: SegmentState) -> None:
    row = recorded(archive)
    with archive.index.writing() as writer:
        if state is SegmentState.DELETING:
            writer.segments_deleting(row.volume, [row.path])
        else:
            writer.segment_discarded(row.volume, row.path)
            writer.segment_opened(row)
    with pytest.raises(ChangedError):
        move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)
    assert archive.index.segments()[0].state is state
    assert files(archive.volume, cold) == [archive.file(row)]


def test_who_is_to_blame_is_told(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    full = replace(order(archive, cold, row), keep_free=1 << 60)
    with pytest.raises(TargetError) as raised:
        move_segment(archive.index, full, lambda _: None, NOW)
    assert raised.value.report.reason is Reason.NO_SPACE
    (Path(cold.path) / IDENTITY_FILE).unlink()
    with pytest.raises(TargetError) as raised:
        move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)
    assert raised.value.report.reason is Reason.VOLUME_MISSING
    archive.file(row).write_bytes(b"cut")
    with pytest.raises(SourceError, match="its row says"):
        move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)


def test_what_a_recorder_tells_again_of_a_segment_that_was_moved_is_old(archive: Archive, cold: Volume) -> None:
    row = recorded(archive)
    move_segment(archive.index, order(archive, cold, row), lambda _: None, NOW)
    with archive.index.writing() as writer:
        writer.segment_opened(row)
        writer.segment_grown(row)
        writer.segment_closed(row)
    assert archive.index.segments() == [replace(row, volume=cold.uuid)]


def test_a_hidden_name_is_no_segments() -> None:
    assert is_hidden(hidden_path("yard/20261121/yard_main_20261121T120000000Z.mp4"))
    assert not is_hidden("yard/20261121/.moving/x.mp4")
