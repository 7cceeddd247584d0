"""What becomes of a broken file whose end takes long to make."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gstnvr.ipc.messages import SegmentClosed
from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, SystemClock
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.recorder.reporting.reports import Tell
from gstnvr.recorder.segments.broken import BrokenSegments
from gstnvr.recorder.segments.leftovers import Leftovers
from gstnvr.recorder.segments.planning import Planner, Position
from gstnvr.recorder.segments.salvage import look
from gstnvr.recorder.segments.segment_file import SegmentFile
from gstnvr.testing.containers import layout_of, sample_of
from gstnvr.testing.media import FakeMedia
from gstnvr.volume.files import CreatedSegment
from gstnvr.volume.identity import create_identity
from tests.rig.ring_units import VIDEO, picture, ring_of, timeline

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
FED, ON_DISK, ARRIVED = 25, 20, 60
"""Pictures: ten a second, each group one of them."""


def content_of(pictures: list[AccessUnit]) -> bytes:
    layout = layout_of(Container.MP4, VIDEO, None)
    content = layout.header()
    for begin in range(0, len(pictures), 10):
        samples = [sample_of(unit, 0) for unit in pictures[begin : begin + 10]]
        fragment: Mapping[Track, Any] = {Track.VIDEO: samples, Track.AUDIO: []}
        content += layout.fragment(dict(fragment))
    return content


class SlowDisk:
    """Runs what blocks; the end of a file takes as long as it takes for this to be done."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile = meanwhile

    async def run(self, function: Callable[..., Any], *arguments: Any, timeout_s: float) -> Any:
        assert timeout_s > 0
        if function not in (look, os.close):
            self._meanwhile()
        return function(*arguments)


@pytest.mark.parametrize("kept_s", [10, 3])
def test_a_row_ends_with_its_file_when_the_ring_lets_go_of_what_follows(tmp_path: Path, kept_s: int) -> None:
    pictures = [picture(number) for number in range(ARRIVED)]
    ring = ring_of(*pictures)
    identity = create_identity(tmp_path, SystemClock())
    disk = SlowDisk(lambda: ring.trim(kept_s * NS_PER_S))
    guard = SimpleNamespace(
        calls=disk, root=tmp_path, spec=SimpleNamespace(uuid=identity.uuid, path=str(tmp_path)), fault=None
    )
    told: list[Any] = []

    async def scenario() -> Position | None:
        plan = Planner(YARD, ring).plan(0, Position(0, 0), Container.MP4, 1000)
        fd = os.open(tmp_path / "segment.mp4", os.O_RDWR | os.O_CREAT)
        os.write(fd, content_of(pictures[:ON_DISK]))
        segment = SegmentFile(plan, cast(Any, guard), CreatedSegment(fd, "segment.mp4"), FakeMedia())
        segment.feed(pictures[:FED], 0)
        segment.synced = os.fstat(fd).st_size
        tell = cast(Tell, told.append)
        broken = BrokenSegments(ring, tell, lambda _: False, Leftovers(tell))
        broken.add(segment)
        assert await broken.salvage() is None
        return broken.take_position()

    position = asyncio.run(scenario())
    (closed,) = told
    assert isinstance(closed, SegmentClosed)
    held = timeline().at(pictures[ON_DISK].pts)
    assert (closed.segment.frames, closed.segment.end) == (ON_DISK, held)
    assert position == Position(ON_DISK, FED, held if kept_s == 10 else None)
