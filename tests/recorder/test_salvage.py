"""Where a file ends and where the ring goes on: nothing twice, and nothing missing unless that is said."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gstnvr.container.facts import FileScan, cut_points
from gstnvr.container.scan import scan, scan_file
from gstnvr.media.units import AccessUnit, Track
from gstnvr.model.choices import Container
from gstnvr.recorder.ring import Ring
from gstnvr.recorder.segments.salvage import Fed, Resumption, cut_file, plan_resumption
from gstnvr.testing.containers import Layout, Mp4Layout, Sample, layout_of, sample_of
from tests.rig.ring_units import AUDIO, FRAME_NS, VIDEO, packet, picture, ring_of

Numbered = list[tuple[int, AccessUnit]]


@dataclass(frozen=True)
class Broken:
    """A file that was being written, and the ring at the time of its salvage."""

    arrived: list[AccessUnit]
    """All units of the stream by number; the first is the file's first picture."""
    fed: Fed
    ring: Ring
    content: bytes
    """What the writer wrote."""
    size: int
    """What of it is on the disk."""

    def of(self, track: Track) -> list[int]:
        """Numbers of what the file was given, in order."""
        return [n for n, unit in enumerate(self.arrived[: self.fed.end]) if unit.track is track]

    def scan(self) -> FileScan:
        fd = os.memfd_create("segment")
        try:
            os.write(fd, self.content[: self.size])
            return scan(fd)
        finally:
            os.close(fd)


@st.composite
def arrivals(draw: st.DrawFn) -> list[AccessUnit]:
    """Ticks, each with some pictures and then some audio; audio may come ticks after its picture."""
    units: list[AccessUnit] = []
    gop = draw(st.integers(1, 6))
    lag = draw(st.integers(0, 2))
    with_audio = draw(st.booleans())
    pictures = packets = 0
    for count in draw(st.lists(st.integers(1, 4), min_size=1, max_size=12)):
        units += [picture(n, key=n % gop == 0) for n in range(pictures, pictures + count)]
        pictures += count
        ready = max(packets, pictures - lag) if with_audio else 0
        units += [packet(n, pts=n * FRAME_NS + FRAME_NS // 2) for n in range(packets, ready)]
        packets = ready
    return units


def written(layout: Layout, units: Sequence[AccessUnit], splits: set[int]) -> bytes:
    """The file, with a new fragment at every key frame and at these pictures."""
    content = layout.header()
    pending: dict[Track, list[Sample]] = {Track.VIDEO: [], Track.AUDIO: []}
    pictures = 0

    def flush() -> bytes:
        fragment = layout.fragment(dict(pending)) if any(pending.values()) else b""
        for samples in pending.values():
            samples.clear()
        return fragment

    for unit in sorted(units, key=lambda unit: unit.pts):
        if unit.track is Track.VIDEO:
            if unit.key or pictures in splits:
                content += flush()
            pictures += 1
        pending[unit.track].append(sample_of(unit, units[0].pts))
    return content + flush()


@st.composite
def broken_files(draw: st.DrawFn) -> Broken:
    arrived = draw(arrivals())
    end = draw(st.integers(1, len(arrived)))
    given_to_writer = arrived[:end]
    has_audio = any(unit.track is Track.AUDIO for unit in arrived)
    layout = layout_of(draw(st.sampled_from(Container)), VIDEO, AUDIO if has_audio else None)
    content = written(layout, given_to_writer, draw(st.sets(st.integers(0, 40))))
    size = draw(st.integers(0, len(content)))
    ring = ring_of(*arrived)
    kept = draw(st.integers(0, len(arrived)))
    while ring.end - ring.first > kept:
        ring._units.popleft()
        ring.first += 1
    video = sum(unit.track is Track.VIDEO for unit in given_to_writer)
    fed = Fed("path", video, end - video, 0, end, draw(st.integers(0, size)))
    return Broken(arrived, fed, ring, content, size)


def in_next_file(case: Broken, plan: Resumption, track: Track) -> list[int]:
    """Numbers of what was fed before, and will be written anew."""
    first = max(plan.video if track is Track.VIDEO else plan.audio, case.ring.first)
    return [number for number in case.of(track) if number >= first]


def kept_in_file(case: Broken, plan: Resumption, track: Track) -> list[int]:
    if plan.cut is None:
        return []
    count = plan.cut.video_units if track is Track.VIDEO else plan.cut.audio_units
    by_pts = sorted(case.of(track), key=lambda number: case.arrived[number].pts)
    return by_pts[:count]


def could_go_on_without_loss(case: Broken, found: FileScan) -> bool:
    """Whether there is any place, be it the beginning, behind which the ring has all, from a key frame."""
    counts = [(0, 0), *((p.video_units, p.audio_units) for p in cut_points(found) if p.video_units)]
    for video_units, audio_units in counts:
        video, audio = case.of(Track.VIDEO)[video_units:], case.of(Track.AUDIO)[audio_units:]
        if video and case.arrived[video[0]].key and min(video + audio) >= case.ring.first:
            return True
    return False


@given(broken_files())
@settings(max_examples=1500)
def test_file_and_ring_meet_without_a_missing_or_doubled_unit(case: Broken) -> None:
    found = case.scan()
    plan = plan_resumption(case.ring, case.fed, found if case.size else None)
    if plan.video < case.ring.end and plan.lossless:
        assert case.ring.unit(plan.video).key
    for track in Track:
        kept, anew = kept_in_file(case, plan, track), in_next_file(case, plan, track)
        assert not set(kept) & set(anew), f"{track} doubled"
        if plan.lossless:
            assert sorted(kept + anew) == case.of(track), f"{track} missing"
    assert plan.lossless or not could_go_on_without_loss(case, found)


@given(broken_files())
@settings(max_examples=300)
def test_what_is_not_known_to_be_on_the_disk_is_written_anew_if_it_can_be(case: Broken) -> None:
    plan = plan_resumption(case.ring, case.fed, case.scan())
    complete = case.ring.first == 0
    if complete and plan.cut is not None:
        assert plan.cut.offset <= case.fed.synced
    if complete and case.fed.synced == 0:
        assert plan.cut is None


def test_a_file_that_is_gone_is_written_anew_from_the_ring() -> None:
    ring = ring_of(*(picture(n) for n in range(30)))
    fed = Fed("path", 25, 0, 0, 25, 1000)
    assert plan_resumption(ring, fed, None) == Resumption(None, 0, 0, lossless=True)


def test_a_file_of_which_the_ring_has_nothing_keeps_what_it_holds() -> None:
    units = [picture(n) for n in range(30)]
    ring = ring_of(*units)
    content = written(Mp4Layout(VIDEO, None), units, set())
    case = Broken(units, Fed("path", 30, 0, 0, 30, len(content)), ring, content, len(content))
    ring.clear()
    plan = plan_resumption(ring, case.fed, case.scan())
    assert plan.cut is not None
    assert (plan.cut.video_units, plan.video, plan.lossless) == (30, 30, False)


# --- the file itself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [0, 1, 77])
def test_a_file_is_cut_where_it_was_planned(tmp_path: Path, extra: int) -> None:
    units = [picture(n) for n in range(30)]
    content = written(Mp4Layout(VIDEO, None), units, set())
    (tmp_path / "segment").write_bytes(content + bytes(extra))
    points = cut_points(scan_file(tmp_path / "segment"))
    point = points[2]
    assert point.video_units == 20
    assert cut_file(tmp_path, "segment", point) == point.offset
    found = scan_file(tmp_path / "segment")
    assert (found.video_units, found.whole, found.size) == (20, True, point.offset)


def test_a_file_that_holds_nothing_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "segment").write_bytes(b"nothing")
    assert cut_file(tmp_path, "segment", None) == 0
    assert not (tmp_path / "segment").exists()
    assert cut_file(tmp_path, "segment", None) == 0, "or is deleted already"
