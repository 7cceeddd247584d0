"""What a segment says of itself, apart from what is on the disk."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from gstnvr.model.choices import Container
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.recorder.segments.planning import SHORTEST_NS, SegmentPlan
from gstnvr.recorder.segments.segment_file import SegmentFile
from gstnvr.recorder.storage.volume_guard import VolumeGuard
from gstnvr.testing.media import FakeMedia
from gstnvr.volume.files import CreatedSegment
from tests.rig.ring_units import FRAME_NS, VIDEO, picture, timeline

SLEWED_NS = 272_000


@pytest.fixture
def new_file(tmp_path: Path) -> Iterator[Callable[[SegmentPlan], SegmentFile]]:
    with contextlib.ExitStack() as stack:

        def make(plan: SegmentPlan) -> SegmentFile:
            fd = os.open(tmp_path / "segment", os.O_RDWR | os.O_CREAT)
            stack.callback(os.close, fd)
            return SegmentFile(plan, Mock(spec=VolumeGuard), CreatedSegment(fd, "segment"), FakeMedia())

        yield make


def plan_of(start: UtcNs, picture_ns: int) -> SegmentPlan:
    return SegmentPlan(
        stream=StreamId(CameraId("door"), StreamKind.MAIN),
        first_video=0,
        first_audio=0,
        start=start,
        timeline=timeline(),
        video=VIDEO,
        audio=None,
        container=Container.MP4,
        fragment_ms=1000,
        picture_ns=picture_ns,
    )


def test_a_single_picture_without_a_length_ends_right_after_it_began(
    new_file: Callable[[SegmentPlan], SegmentFile],
) -> None:
    """Its start is the end of the segment before, as a clock showed it that was slewed since."""
    start = UtcNs(timeline().at(0) + SLEWED_NS)
    segment = new_file(plan_of(start, picture_ns=0))
    assert segment.end == start
    segment.feed([picture(0)._replace(duration=0)], 0)
    assert segment.frames == 1
    assert segment.end == start + SHORTEST_NS
    segment.feed([picture(1)._replace(duration=0)], 1)
    assert segment.end > start + SHORTEST_NS


def test_behind_one_that_was_led_too_far_a_segment_never_ends_before_it_begins(
    new_file: Callable[[SegmentPlan], SegmentFile],
) -> None:
    start = UtcNs(timeline().at(0) + 3 * FRAME_NS)
    segment = new_file(plan_of(start, picture_ns=FRAME_NS))
    segment.feed([picture(0)], 0)
    assert segment.end == segment.end_before(FRAME_NS) == start + SHORTEST_NS
    segment.feed([picture(number) for number in range(1, 5)], 1)
    assert segment.end == segment.end_before(5 * FRAME_NS) == timeline().at(5 * FRAME_NS)


def test_a_single_picture_takes_as_long_as_those_before(new_file: Callable[[SegmentPlan], SegmentFile]) -> None:
    start = timeline().at(0)
    segment = new_file(plan_of(start, picture_ns=FRAME_NS))
    segment.feed([picture(0)._replace(duration=0)], 0)
    assert segment.end == start + FRAME_NS
