"""Names of segments, there and back."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_MS, UtcNs, parse_utc
from gstnvr.model.ids import CAMERA_ID_PATTERN, CameraId, StreamId, StreamKind
from gstnvr.volume.files import locate
from gstnvr.volume.paths import SegmentName, is_camera_folder, is_day_folder, parse_segment_path, segment_path

NAME = SegmentName(
    StreamId(CameraId("front_door"), StreamKind.MAIN), parse_utc("2026-11-21T10:02:24.125Z"), Container.MP4
)
PATH = "front_door/20261121/front_door_main_20261121T100224125Z.mp4"

names = st.builds(
    SegmentName,
    st.builds(
        StreamId,
        st.from_regex(CAMERA_ID_PATTERN, fullmatch=True).map(CameraId),
        st.sampled_from(StreamKind),
    ),
    st.integers(0, 4_000_000_000_000).map(lambda ms: UtcNs(ms * NS_PER_MS)),
    st.sampled_from(Container),
    st.integers(1, 9999),
)


def test_layout() -> None:
    assert segment_path(NAME) == PATH
    assert parse_segment_path(PATH) == NAME


@given(names)
def test_every_name_is_read_back(name: SegmentName) -> None:
    path = segment_path(name)
    assert parse_segment_path(path) == name
    camera, day, _ = path.split("/")
    assert is_camera_folder(camera)
    assert is_day_folder(day)


@given(names, st.integers(1, 10**12))
def test_names_sort_by_time(name: SegmentName, later_ms: int) -> None:
    later = SegmentName(name.stream, UtcNs(name.start + later_ms * NS_PER_MS), name.container)
    assert segment_path(SegmentName(name.stream, name.start, name.container)) < segment_path(later)


@pytest.mark.parametrize(
    "path",
    [
        "front_door/20261121/front_door_main_20261121T100224125Z.avi",
        "front_door/20261121/back_door_main_20261121T100224125Z.mp4",
        "front_door/20261122/front_door_main_20261121T100224125Z.mp4",
        "front_door/20261121/front_door_main_20261121T996024125Z.mp4",
        "front_door/20261121/front_door_third_20261121T100224125Z.mp4",
        "front_door/20261121/front_door_main_20261121T100224125Z-1.mp4",
        "front_door/20261121/front_door_main_20261121T100224125Z.mp4.tmp",
        "front_door/front_door_main_20261121T100224125Z.mp4",
        "../front_door/20261121/front_door_main_20261121T100224125Z.mp4",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError):
        parse_segment_path(path)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "", ".", "a\0b"])
def test_paths_out_of_the_volume_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path within a volume"):
        locate(Path("/srv/video"), path)
