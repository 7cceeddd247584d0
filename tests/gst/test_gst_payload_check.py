"""Another codec in mid-stream is found by the headers of NAL units, and nothing else is taken for it."""

from typing import cast

import pytest

from gstnvr.gst.payload_check import PayloadCheck, is_h264, is_h265
from gstnvr.gst.runtime import Gst, initialise
from gstnvr.media.units import AccessUnit, Track, VideoCodec, VideoFormat
from tests.rig.clip_units import pattern_units

pytestmark = pytest.mark.gst

H264, H265 = VideoCodec.H264, VideoCodec.H265
OTHER = {H264: H265, H265: H264}
BELONGS = {H264: is_h264, H265: is_h265}


def unit(header: bytes) -> AccessUnit:
    initialise()
    data = b"\x00\x00\x00\x08" + header + b"\x00" * 6
    form = VideoFormat(H264, 320, 180, None)
    return AccessUnit(Track.VIDEO, 0, 0, len(data), False, Gst.Buffer.new_wrapped(data), form)


def headers_of(units: list[AccessUnit]) -> list[bytes]:
    return [cast(Gst.Buffer, each.payload).extract_dup(4, 2) for each in units]


P264, KEY264, P265 = unit(b"\x41\x9a"), unit(b"\x67\x42"), unit(b"\x02\x01")


@pytest.mark.parametrize("codec", [H264, H265])
def test_access_units_of_a_clip_belong_to_its_codec_and_not_to_the_other(codec: VideoCodec) -> None:
    nal_units = [nal_unit for data in pattern_units(codec) for nal_unit in data]
    assert len(nal_units) > 20
    assert all(BELONGS[codec](nal_unit[:2]) for nal_unit in nal_units)
    units = pattern_units(codec)
    mistaken = [data for data in units if BELONGS[OTHER[codec]](data[-1][:2])]
    assert len(mistaken) <= len(units) // 10, "key frames at most"


@pytest.mark.parametrize(
    "header",
    [b"\x67\x42", b"\x27\x4d", b"\x09\xf0", b"\x06\x05", b"\x65\x88", b"\x41\x9a", b"\x01\x9e", b"\x61\xe0"],
)
def test_h264_of_all_kinds_of_cameras(header: bytes) -> None:
    assert is_h264(header)
    assert not is_h265(header) or header == b"\x06\x05"


@pytest.mark.parametrize("header", [b"\x40\x01", b"\x46\x01", b"\x4e\x01", b"\x26\x01", b"\x02\x01", b"\x00\x02"])
def test_h265_of_all_kinds_of_cameras(header: bytes) -> None:
    assert is_h265(header)


def test_two_strange_units_in_a_row_are_another_codec_and_are_not_handed_on() -> None:
    check = PayloadCheck(H264)
    assert check.sift([KEY264, P264]) == [KEY264, P264]
    assert headers_of(check.sift([P264, P265, P265])) == headers_of([P264])
    assert check.failed
    assert check.sift([P264]) == []


def test_a_single_strange_unit_is_handed_on_in_its_place() -> None:
    check = PayloadCheck(H264)
    check.sift([KEY264])
    assert check.sift([P264, P265]) == [P264]
    assert not check.failed
    assert check.sift([P264]) == [P265, P264]
    assert check.sift([P264, P265, P265, P264]) == [P264, P265, P265, P264]
    assert not check.failed


def test_a_camera_that_is_strange_from_the_start_is_taken_as_it_is() -> None:
    check = PayloadCheck(H264)
    for _ in range(3):
        assert check.sift([P265, P265]) == [P265, P265]
    assert not check.failed
