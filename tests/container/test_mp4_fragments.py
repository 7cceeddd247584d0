"""Fragments that are put together can be taken apart, by us and by others."""

import subprocess
from pathlib import Path

import pytest

from gstnvr.container.facts import MalformedError, TrackKind
from gstnvr.container.mime import codec_string, mp4_mime
from gstnvr.container.mp4_fragments import FragmentRun, FragmentSample, fragment, initialisation
from gstnvr.container.sample_format import SampleFormat, plain_opus_config
from gstnvr.container.scan import iter_samples, scan_file
from gstnvr.testing.segments import picture as made

AVCC = bytes.fromhex("0142c01effe1000467420a1e01000268ce")
HVCC = bytes.fromhex("0101600000009000000000003cf000fcfdf8f800000f00")
VIDEO = SampleFormat("h264", AVCC, 640, 360)
AAC = SampleFormat("aac", bytes.fromhex("1210"), rate=44_100, channels=2)
OPUS = SampleFormat("opus", plain_opus_config(1), rate=48_000, channels=1)


def picture(number: int, *, key: bool = False, delay: int = 0) -> FragmentSample:
    return FragmentSample(40_000, delay, key, made(number))


def written(path: Path, *fragments: bytes, formats: tuple[SampleFormat, ...] = (VIDEO, AAC)) -> Path:
    path.write_bytes(initialisation(formats) + b"".join(fragments))
    return path


def test_samples_come_back_as_they_were(tmp_path: Path) -> None:
    sounds = [FragmentSample(23_220, 0, True, f"sound {number}".encode()) for number in range(2)]
    sound = FragmentRun(2, 500, sounds)
    first = fragment(1, [FragmentRun(1, 0, [picture(0, key=True, delay=80_000), picture(1)]), sound])
    second = fragment(2, [FragmentRun(1, 80_000, [picture(2, delay=-40_000)])])
    path = written(tmp_path / "made.mp4", first, second)
    with path.open("rb") as file:
        video = list(iter_samples(file.fileno(), TrackKind.VIDEO))
        audio = list(iter_samples(file.fileno(), TrackKind.AUDIO))
    assert [(one.time_ns // 1000, one.key, one.data) for one in video] == [
        (80_000, True, made(0)),
        (40_000, False, made(1)),
        (40_000, False, made(2)),
    ]
    assert [(one.time_ns // 1000, one.data) for one in audio] == [(500, b"sound 0"), (23_720, b"sound 1")]
    scan = scan_file(path)
    assert scan.whole
    assert scan.track_info is not None
    assert (scan.track_info.width, scan.track_info.audio_codec) == (640, "aac")


@pytest.mark.parametrize("audio", [AAC, OPUS])
def test_others_understand_the_beginning(tmp_path: Path, audio: SampleFormat) -> None:
    only = fragment(1, [FragmentRun(1, 0, [picture(0, key=True)])])
    path = written(tmp_path / "made.mp4", only, formats=(VIDEO, audio))
    asked = ["-show_entries", "stream=codec_name,width,sample_rate", "-of", "csv", str(path)]
    answer = subprocess.run(
        ["ffprobe", "-v", "fatal", *asked], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.split() == ["stream,h264,640", f"stream,{audio.codec},{audio.rate}"]


def test_browsers_are_told_the_codecs() -> None:
    assert mp4_mime([VIDEO, AAC]) == 'video/mp4; codecs="avc1.42c01e,mp4a.40.2"'
    assert mp4_mime([VIDEO, OPUS]) == 'video/mp4; codecs="avc1.42c01e,opus"'
    assert codec_string(SampleFormat("h265", HVCC)) == "hvc1.1.6.L60.90"


def test_high_tier_and_other_profile_spaces_are_told() -> None:
    config = bytes([1, 0xA4, 0x10, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 153])
    assert codec_string(SampleFormat("h265", config)) == "hvc1.B4.8.H153.B0"


def test_escaped_kinds_of_aac_are_told() -> None:
    assert codec_string(SampleFormat("aac", bytes([0b11111_000, 0b111_00000]))) == "mp4a.40.39"


def test_what_no_browser_plays_has_no_name() -> None:
    with pytest.raises(KeyError):
        codec_string(SampleFormat("mjpeg"))


@pytest.mark.parametrize("codec", ["h264", "h265", "aac"])
def test_a_configuration_that_is_cut_off_is_malformed(codec: str) -> None:
    with pytest.raises(MalformedError, match=codec):
        codec_string(SampleFormat(codec, b""))
