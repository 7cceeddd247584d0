"""Whatever is told in whatever order: after every transaction the rows of gaps are what segments leave."""

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gstnvr.db import ledger, settlement
from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter
from gstnvr.model.clock import NS_PER_S, UtcNs, parse_utc
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap, Outage, Segment, SegmentState, TrackInfo, Volume

NOON = parse_utc("2026-11-21T12:00:00Z")
VOLUME = Volume("9d8f2a52-7d2f-4cf8-9f42-8a4f7a2c1a11", "/srv/video")
TRACKS = TrackInfo("h264", 1920, 1080)
FRAME_S = 0.04

Change = Callable[[IndexWriter, StreamId], None]


def at(seconds: float) -> UtcNs:
    return UtcNs(NOON + round(seconds * NS_PER_S))


def segment(stream: StreamId, number: int, start: float, length: float) -> Segment:
    frames = round(length / FRAME_S)
    path = f"{stream.camera}/20261121/{number}.mp4"
    state = SegmentState.OPEN
    return Segment(stream, VOLUME.uuid, path, at(start), at(start + length), state, 1, frames, TRACKS)


def about_a_segment(kind: str, number: int, start: float, length: float) -> Change:
    def change(writer: IndexWriter, stream: StreamId) -> None:
        row = segment(stream, number, start, length)
        if kind in ("deleted", "deleting"):
            getattr(writer, f"segments_{kind}")(row.volume, [row.path])
        elif kind in ("discarded", "missing"):
            getattr(writer, f"segment_{kind}")(row.volume, row.path)
        else:
            getattr(writer, f"segment_{kind}")(row)

    return change


def about_an_outage(number: int, start: float, length: float | None, cause: GapCause) -> Change:
    def change(writer: IndexWriter, stream: StreamId) -> None:
        end = None if length is None else at(start + length)
        writer.outage_changed(Outage(f"{stream.camera} {number}", stream, at(start), end, cause))

    return change


def set_back(number: int, start: float, by: float) -> Change:
    return about_an_outage(number, start, -by, GapCause.CLOCK_JUMP)


SECONDS = st.integers(0, 2400).map(lambda frames: frames * FRAME_S)
LENGTHS = st.integers(0, 500).map(lambda frames: frames * FRAME_S)
KINDS = st.sampled_from(
    ["opened", "grown", "closed", "closed", "found", "discarded", "missing", "deleting", "deleted"]
)
CAUSES = st.sampled_from(
    [GapCause.NETWORK, GapCause.STORAGE, GapCause.SHUTDOWN, GapCause.CONNECTING, GapCause.NO_PICTURES]
)
CHANGES = st.one_of(
    st.builds(about_a_segment, KINDS, st.integers(0, 6), SECONDS, LENGTHS),
    st.builds(about_an_outage, st.integers(0, 4), SECONDS, LENGTHS | st.none(), CAUSES),
    st.builds(set_back, st.integers(5, 6), SECONDS, st.integers(1, 60).map(float)),
)


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    """In memory if there is room: thousands of transactions would each wait for a disk."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
        Index.open(Path(folder) / "index.db") as index,
    ):
        with index.writing() as writer:
            writer.ensure_volume(VOLUME)
        yield index


NUMBERS = itertools.count()


def new_stream() -> StreamId:
    return StreamId(CameraId(f"camera-{next(NUMBERS)}"), StreamKind.MAIN)


@given(st.lists(st.lists(CHANGES, min_size=1, max_size=8), min_size=1, max_size=4))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_computed_step_by_step_is_what_is_computed_as_a_whole(
    index: Index, transactions: list[list[Change]]
) -> None:
    stream = new_stream()
    for changes in transactions:
        with index.writing() as writer:
            for change in changes:
                change(writer, stream)
        assert index.disagreements(stream) == []


Past = tuple[float, float, float, GapCause | None]
"""Lengths of a segment, of the hole behind it and of what nobody told of it, and the cause that was told."""
PAST = st.lists(
    st.tuples(
        st.integers(1, 250).map(lambda frames: frames * FRAME_S),
        st.integers(0, 300).map(lambda frames: frames * FRAME_S),
        st.integers(0, 75).map(lambda frames: frames * FRAME_S),
        st.none() | CAUSES,
    ),
    min_size=2,
    max_size=10,
)


def tell_past(writer: IndexWriter, stream: StreamId, past: Sequence[Past]) -> None:
    start = 0.0
    for number, (length, hole, untold, cause) in enumerate(past):
        writer.segment_closed(segment(stream, number, start, length))
        start += length
        if cause is not None:
            outage = Outage(f"{stream.camera} {number}", stream, at(start + untold), at(start + hole), cause)
            writer.outage_changed(outage)
        start += hole


@given(PAST, st.sets(st.integers(0, 9)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_oldest_are_deleted_one_by_one_and_some_are_kept(
    index: Index, past: Sequence[Past], kept: set[int]
) -> None:
    stream = new_stream()
    with pytest.MonkeyPatch.context() as patch:
        for module in (ledger, settlement):
            patch.setattr(module, "LONG_HOLE_NS", 2 * NS_PER_S)
        with index.writing() as writer:
            tell_past(writer, stream, past)
        for number in range(len(past)):
            path = segment(stream, number, 0, 0).path
            if number in kept:
                continue
            with index.writing() as writer:
                writer.segments_deleting(VOLUME.uuid, [path])
            assert index.disagreements(stream) == []
            with index.writing() as writer:
                writer.segments_deleted(VOLUME.uuid, [path])
            assert index.disagreements(stream) == []


def test_a_deletion_of_the_oldest_does_not_compute_what_went_before_anew(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = new_stream()
    minutes = [(60.0, 30.0, 0.0, GapCause.NETWORK)] * 20
    with index.writing() as writer:
        tell_past(writer, stream, minutes)
    paths = [segment(stream, number, 0, 0).path for number in range(20)]
    with index.writing() as writer:
        writer.segments_deleted(VOLUME.uuid, paths[1:15])
    looked_at: list[int] = []
    compute = ledger.ledger_gaps

    def note(*asked: Any) -> list[Gap]:
        looked_at.append(len(asked[2]))
        return compute(*asked)

    monkeypatch.setattr(settlement, "ledger_gaps", note)
    with index.writing() as writer:
        writer.segments_deleted(VOLUME.uuid, [paths[15]])
    assert looked_at == [6]
    assert index.disagreements(stream) == []


# --- what a recorder does -----------------------------------------------------------------------------


class Story:
    """A recorder that records, and everything that happens to it; keeps its own account of what is missing."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.stream = new_stream()
        self.now = 0.0
        self.jumped = 0.0
        """By which the wall clock was set forward."""
        self.numbers = itertools.count()
        self.missing: list[tuple[float, float, GapCause]] = []

    def clock(self) -> float:
        return self.now + self.jumped

    def write(self, change: Change) -> None:
        with self.index.writing() as writer:
            change(writer, self.stream)

    def record(self, frames: int) -> None:
        """A segment; it grows in between."""
        number, start = next(self.numbers), self.clock()
        length = frames * FRAME_S
        self.write(about_a_segment("opened", number, start, 0))
        self.write(about_a_segment("grown", number, start, length / 2))
        self.now += length
        self.write(about_a_segment("closed", number, start, length))

    def lose(self, frames: int, cause: GapCause, late_s: float) -> None:
        """Told late, as things are noticed, and ended in time."""
        number, start = 1000 + next(self.numbers), self.clock()
        length = frames * FRAME_S
        late = min(late_s, length / 2)
        self.write(about_an_outage(number, start + late, None, cause))
        self.now += length
        self.write(about_an_outage(number, start + late, length - late, cause))
        self.missing.append((start, start + length, cause))

    def save(self, cause: GapCause) -> None:
        """An outage in which nothing is lost, because the ring has it all."""
        number, start = 1000 + next(self.numbers), self.clock()
        self.write(about_an_outage(number, start - 1, None, cause))
        self.record(100)
        self.write(about_an_outage(number, start - 1, 3, cause))

    def set_forward(self, seconds: int) -> None:
        """While it is recorded: the segment ends, the next begins."""
        number, before = 1000 + next(self.numbers), self.clock()
        self.jumped += seconds
        self.write(about_an_outage(number, before, seconds, GapCause.CLOCK_JUMP))
        self.missing.append((before, self.clock(), GapCause.CLOCK_JUMP))

    def set_back(self, seconds: int) -> None:
        """While it is recorded: an epoch begins."""
        number, before = 1000 + next(self.numbers), self.clock()
        self.jumped -= seconds
        self.write(set_back(number, before, seconds))

    def gaps(self) -> list[tuple[float, float, GapCause]]:
        return [
            (round((gap.start - NOON) / NS_PER_S, 6), round((gap.end - NOON) / NS_PER_S, 6), gap.cause)
            for gap in self.index.gaps(self.stream)
            if gap.end is not None
        ]


FRAMES = st.integers(1, 500)
FAULTS = st.sampled_from([GapCause.NETWORK, GapCause.STORAGE, GapCause.PROCESS_DIED, GapCause.SHUTDOWN])
STEPS = st.one_of(
    st.tuples(st.just("record"), FRAMES),
    st.tuples(st.just("lose"), FRAMES, FAULTS, st.integers(0, 5).map(float)),
    st.tuples(st.just("save"), FAULTS),
    st.tuples(st.just("set_forward"), st.integers(2, 3600)),
    st.tuples(st.just("set_back"), st.integers(2, 3600)),
)


@given(st.lists(STEPS, max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_ledger_says_what_happened(index: Index, steps: list[tuple[object, ...]]) -> None:
    story = Story(index)
    story.record(100)
    for name, *arguments in steps:
        getattr(story, str(name))(*arguments)
        story.record(100)
    expected = [(round(start, 6), round(end, 6), cause) for start, end, cause in story.missing]
    assert sorted(story.gaps()) == sorted(expected)
    assert index.disagreements(story.stream) == []
