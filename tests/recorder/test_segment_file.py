"""What a segment says of itself, apart from what is on the disk."""

import os
from pathlib import Path
from unittest.mock import Mock

from gstnvr.model.choices import Container
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.recorder.segments.planning import SegmentPlan
from gstnvr.recorder.segments.segment_file import SegmentFile
from gstnvr.recorder.storage.volume_guard import VolumeGuard
from gstnvr.testing.media import FakeMedia
from gstnvr.volume.files import CreatedSegment
from tests.rig.ring_units import VIDEO, picture, timeline

SLEWED_NS = 272_000


def test_a_single_picture_without_a_length_ends_where_it_begins(tmp_path: Path) -> None:
    """Its start is the end of the segment before, as a clock showed it that was slewed since."""
    start = UtcNs(timeline().at(0) + SLEWED_NS)
    plan = SegmentPlan(
        stream=StreamId(CameraId("door"), StreamKind.MAIN),
        first_video=0,
        first_audio=0,
        start=start,
        timeline=timeline(),
        video=VIDEO,
        audio=None,
        container=Container.MP4,
        fragment_ms=1000,
    )
    fd = os.open(tmp_path / "segment", os.O_RDWR | os.O_CREAT)
    try:
        segment = SegmentFile(plan, Mock(spec=VolumeGuard), CreatedSegment(fd, "segment"), FakeMedia())
        assert segment.end == start
        segment.feed([picture(0)._replace(duration=0)], 0)
        assert segment.frames == 1
        assert segment.end == start
        segment.feed([picture(1)._replace(duration=0)], 1)
        assert segment.end > start
    finally:
        os.close(fd)
