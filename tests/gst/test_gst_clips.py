"""Files and patterns become clips: whole, in order, and as long as they are."""

from pathlib import Path

import pytest

from gstnvr.gst.clip_reader import GstClipReader
from gstnvr.gst.pattern_encoder import GstPatternEncoder
from gstnvr.media.clips import ClipError, PatternSpec, is_coded_slice, nal_unit_type
from gstnvr.media.jpeg import coded_scan
from gstnvr.media.units import AudioCodec, VideoCodec
from tests.rig.video_files import OUT_OF_ORDER, make_video

pytestmark = pytest.mark.gst
S = 1_000_000_000


@pytest.mark.parametrize(
    ("suffix", "video", "audio"),
    [(".mp4", "h264", "aac"), (".mkv", "h264", "pcma"), (".mkv", "h265", "pcmu"), (".mp4", "h265", None)],
)
def test_a_file_is_read_whole(tmp_path: Path, suffix: str, video: str, audio: str | None) -> None:
    clip = GstClipReader().read(make_video(tmp_path / f"v{suffix}", video=video, audio=audio))
    assert (clip.video.codec, clip.video.width, clip.video.height) == (VideoCodec(video), 160, 90)
    assert len(clip.video.units) == 20
    assert [number for number, unit in enumerate(clip.video.units) if unit.key] == [0, 10]
    assert abs(clip.length - 2 * S) < 2_000_000
    assert all(is_coded_slice(clip.video.codec, unit.data[-1]) for unit in clip.video.units)
    assert len(clip.video.parameter_sets) == (2 if video == "h264" else 3)
    if audio is None:
        assert clip.audio is None
        return
    assert clip.audio is not None
    assert clip.audio.codec is AudioCodec(audio)
    assert bool(clip.audio.config) == (audio == "aac")
    assert 0.9 * clip.length < clip.audio.units[-1].dts < clip.length


def test_motion_jpeg_is_read_picture_by_picture(tmp_path: Path) -> None:
    clip = GstClipReader().read(make_video(tmp_path / "v.mkv", video="mjpeg"))
    assert (clip.video.codec, clip.video.width, clip.video.height) == (VideoCodec.MJPEG, 160, 90)
    assert len(clip.video.units) == 20
    assert all(unit.key and len(unit.data) == 1 for unit in clip.video.units)
    assert len({coded_scan(unit.data[0]) for unit in clip.video.units}) == 20
    assert clip.video.parameter_sets == ()


@pytest.mark.parametrize("path", OUT_OF_ORDER.values(), ids=OUT_OF_ORDER.keys())
def test_pictures_out_of_order_keep_their_order_of_decoding(path: Path) -> None:
    clip = GstClipReader().read(path)
    sent = [unit.dts for unit in clip.video.units]
    shown = [unit.pts for unit in clip.video.units]
    assert sent == sorted(sent)
    assert shown != sorted(shown)
    assert all(unit.pts >= unit.dts for unit in clip.video.units)


@pytest.mark.parametrize("content", [None, b"", b"not a video at all", b"\x00\x00\x00\x18ftypisom" + b"\x00" * 64])
def test_what_is_no_video_is_refused_in_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ClipError, match=r"x\.mp4") as caught:
        GstClipReader().read(path)
    assert "\n" not in str(caught.value)


def test_a_pattern_lasts_a_minute_and_is_made_once(tmp_path: Path) -> None:
    spec = PatternSpec("cam1", 90, 5, VideoCodec.H264, AudioCodec.AAC)
    clip = GstPatternEncoder().pattern(spec, tmp_path)
    (made,) = tmp_path.iterdir()
    written = made.stat().st_mtime_ns
    again = GstPatternEncoder().pattern(spec, tmp_path)
    assert made.stat().st_mtime_ns == written
    assert again == clip
    assert (clip.length, len(clip.video.units)) == (60 * S, 300)
    assert [number for number, unit in enumerate(clip.video.units) if unit.key] == list(range(0, 300, 5))
    assert clip.audio is not None
    assert len(clip.audio.units) * 1024 == 60 * clip.audio.sample_rate
    assert clip.phase is not None
    assert {nal_unit_type(VideoCodec.H264, unit) for unit in clip.video.units[0].data} >= {5, 7, 8}


def test_patterns_of_other_names_are_other_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        GstPatternEncoder().pattern(PatternSpec(name, 48, 1, VideoCodec.H264, None), tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ClipError, match="pattern cache"):
        GstPatternEncoder().pattern(PatternSpec("a", 48, 1, VideoCodec.H264, None), blocked / "cache")
