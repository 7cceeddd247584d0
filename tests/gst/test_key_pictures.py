"""Decoders that stay ready give out one picture for one key frame, whichever of them is installed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gstnvr.container.key_frames import key_frame_at
from gstnvr.gst import key_pictures
from gstnvr.gst.elements import ELEMENTS
from gstnvr.gst.key_pictures import DECODERS, Decoder, WarmDecoder
from gstnvr.media.key_pictures import EncodedVideo
from gstnvr.media.stills import NoPictureError
from gstnvr.media.units import VideoCodec
from gstnvr.model.clock import NS_PER_S
from tests.rig.counted_video import FPS, WIDTH
from tests.rig.numbered_segments import number_in, numbered_segment
from tests.rig.video_files import OUT_OF_ORDER

pytestmark = pytest.mark.gst

WAYS = [(codec, way) for codec, ways in DECODERS.items() for way in ways]


def read(file: Path, second: float) -> tuple[EncodedVideo, bytes]:
    fd = os.open(file, os.O_RDONLY)
    try:
        frame = key_frame_at(fd, int(second * NS_PER_S))
    finally:
        os.close(fd)
    form = frame.format
    return EncodedVideo(VideoCodec(form.codec), form.config, form.width, form.height), frame.data


@contextmanager
def decoder_for(video: EncodedVideo, width: int = WIDTH) -> Iterator[WarmDecoder]:
    made = WarmDecoder(video, width)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(("codec", "way"), WAYS, ids=[way.element for _, way in WAYS])
def test_each_key_frame_gives_its_own_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: VideoCodec, way: Decoder
) -> None:
    monkeypatch.setitem(key_pictures.DECODERS, codec, (way,))
    file = numbered_segment(tmp_path / "segment.mkv", 3, codec.value)
    with decoder_for(read(file, 0)[0]) as decoder:
        numbers = [number_in(decoder.picture(read(file, second)[1]), tmp_path) for second in (0, 2, 1, 1, 0)]
    assert numbers == [second * FPS for second in (0, 2, 1, 1, 0)]


@pytest.mark.parametrize("name", OUT_OF_ORDER)
def test_key_frames_of_open_groups_are_decoded_too(tmp_path: Path, name: str) -> None:
    file = tmp_path / "segment.mp4"
    parser = f"{name.partition('_')[0]}parse"
    pipeline = f"filesrc location={OUT_OF_ORDER[name]} ! qtdemux ! {parser} ! mp4mux fragment-duration=1000"
    command = ["gst-launch-1.0", "-q", *pipeline.split(), "!", "filesink", f"location={file}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with decoder_for(read(file, 0)[0]) as decoder:
        pictures = {decoder.picture(read(file, second)[1]) for second in (0, 2.5, 4.5)}
    assert len(pictures) == 3


def test_pictures_are_no_wider_than_asked_for_and_no_wider_than_the_video(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4", 1)
    video, frame = read(file, 0)
    for asked, wide in ((80, 80), (1000, WIDTH)):
        with decoder_for(video, asked) as decoder:
            assert width_of(decoder.picture(frame)) == wide


def width_of(jpeg: bytes) -> int:
    start = jpeg.index(b"\xff\xc0")
    return int.from_bytes(jpeg[start + 7 : start + 9], "big")


def test_what_is_no_key_frame_is_refused_at_once(tmp_path: Path) -> None:
    file = numbered_segment(tmp_path / "segment.mp4", 1)
    video, frame = read(file, 0)
    with decoder_for(video) as decoder, pytest.raises(NoPictureError):
        decoder.picture(len(frame).to_bytes(4, "big") + bytes(len(frame)))


def test_without_a_decoder_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(key_pictures.DECODERS, VideoCodec.H264, (Decoder("nodec", "nodec"), Decoder("no", "no")))
    with pytest.raises(NoPictureError, match="no element nodec or no; 'gstnvr doctor' says"):
        WarmDecoder(EncodedVideo(VideoCodec.H264, b"", 160, 90), 80)


def test_doctor_looks_for_the_same_decoders() -> None:
    known = {element.names for element in ELEMENTS}
    for ways in DECODERS.values():
        assert tuple(way.element for way in ways) in known
