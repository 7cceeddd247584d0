"""From access units to pieces that a browser appends."""

from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from gstnvr.container.facts import MalformedError, Sample, TrackKind
from gstnvr.container.scan import iter_samples
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveTrack, LiveUnit
from gstnvr.live.muxer import LiveMuxer, LivePiece, origin_of
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs
from gstnvr.testing.segments import picture as made

AVCC = bytes.fromhex("0142c01effe1000467420a1e01000268ce")
H264 = LiveTrack("h264", AVCC, width=640, height=360)
AAC = LiveTrack("aac", bytes.fromhex("1210"), sample_rate=44_100, channels=2)
BEGIN = 1000 * NS_PER_S
UTC = UtcNs(1_795_000_000 * NS_PER_S)
STEP = 40 * NS_PER_MS


def picture(number: int, *, key: bool = False, pts: int | None = None) -> LiveUnit:
    at = BEGIN + number * STEP
    return LiveUnit(False, at if pts is None else BEGIN + pts, at, 0, key, made(number))


def sound(number: int) -> LiveUnit:
    at = BEGIN + number * STEP
    return LiveUnit(True, at, at, STEP, True, f"sound {number}".encode())


def batch(*units: LiveUnit) -> LiveBatch:
    return LiveBatch(list(units), UTC)


def muxed(form: LiveFormat, *batches: LiveBatch) -> tuple[LiveMuxer, list[LivePiece]]:
    muxer = LiveMuxer(form, origin_of(batches[0]))
    return muxer, [piece for one in batches for piece in muxer.pieces(one)]


def samples(path: Path, muxer: LiveMuxer, pieces: list[LivePiece], kind: TrackKind) -> list[Sample]:
    assert muxer.initialisation is not None
    path.write_bytes(muxer.initialisation + b"".join(piece.data for piece in pieces))
    with path.open("rb") as file:
        return list(iter_samples(file.fileno(), kind))


def test_a_key_frame_begins_another_piece() -> None:
    units = [picture(0, key=True), picture(1), sound(1), picture(2, key=True), picture(3)]
    _, pieces = muxed(LiveFormat(H264, AAC), batch(*units), batch(picture(4)))
    assert [piece.key for piece in pieces] == [True, True, False]


def test_times_are_those_of_the_units(tmp_path: Path) -> None:
    units = [picture(0, key=True), sound(0), picture(1), sound(1)]
    muxer, pieces = muxed(LiveFormat(H264, AAC), batch(*units), batch(picture(2), sound(2)))
    for kind, unit in ((TrackKind.VIDEO, picture), (TrackKind.AUDIO, sound)):
        found = samples(tmp_path / "live.mp4", muxer, pieces, kind)
        assert [(one.time_ns, one.data) for one in found] == [
            (NS_PER_S + number * STEP, unit(number).data) for number in range(3)
        ]
    assert muxer.shown.epoch_ms * NS_PER_MS + NS_PER_S == UTC


def test_pictures_out_of_order_are_shown_in_theirs(tmp_path: Path) -> None:
    units = [picture(0, key=True, pts=STEP), picture(1, pts=3 * STEP), picture(2, pts=2 * STEP)]
    muxer, pieces = muxed(LiveFormat(H264, None), batch(*units))
    found = samples(tmp_path / "live.mp4", muxer, pieces, TrackKind.VIDEO)
    first = found[0].time_ns
    assert [one.time_ns - first for one in found] == [0, 2 * STEP, STEP]


def test_a_clock_that_goes_back_moves_no_picture_in_front_of_another(tmp_path: Path) -> None:
    back = picture(2)._replace(dts=BEGIN - 5 * STEP)
    muxer, pieces = muxed(LiveFormat(H264, None), batch(picture(0, key=True), picture(1)), batch(back))
    found = samples(tmp_path / "live.mp4", muxer, pieces, TrackKind.VIDEO)
    assert [one.data for one in found] == [made(0), made(1), made(2)]


def test_sound_that_browsers_do_not_take_is_left_out_and_told() -> None:
    pcma = LiveTrack("pcma", b"", sample_rate=8000, channels=1)
    muxer, pieces = muxed(LiveFormat(H264, pcma), batch(picture(0, key=True), sound(0)))
    assert (muxer.shown.audio, muxer.shown.audio_left_out) == (None, "pcma")
    assert muxer.shown.mime == 'video/mp4; codecs="avc1.42c01e"'
    assert b"sound" not in pieces[0].data


def test_motion_jpeg_has_no_pieces() -> None:
    muxer, pieces = muxed(LiveFormat(LiveTrack("mjpeg", b"", 640, 360), None), batch(picture(0, key=True)))
    assert (muxer.shown.mime, muxer.initialisation, pieces) == (None, None, [])
    assert muxer.shown.video.codec == "mjpeg"


def test_a_camera_without_a_configuration_is_not_playable() -> None:
    muxer, pieces = muxed(LiveFormat(LiveTrack("h264", b"", 640, 360), None), batch(picture(0, key=True)))
    assert (muxer.shown.mime, pieces) == (None, [])


@pytest.mark.parametrize("size", [{"width": 70_000}, {"height": -1}, {"width": 2**31}])
def test_a_camera_that_tells_an_impossible_size_is_not_played(size: dict[str, int]) -> None:
    muxer, pieces = muxed(LiveFormat(changed(H264, **size), None), batch(picture(0, key=True)))
    assert (muxer.initialisation, muxer.shown.mime, pieces) == (None, None, [])


@pytest.mark.parametrize("jump_s", [40 * 3600, -40 * 3600])
def test_times_that_do_not_belong_together_are_malformed(jump_s: int) -> None:
    strange = picture(1)._replace(pts=BEGIN + jump_s * NS_PER_S, dts=BEGIN + jump_s * NS_PER_S)
    with pytest.raises(MalformedError):
        muxed(LiveFormat(H264, None), batch(picture(0, key=True), strange, picture(2)))
