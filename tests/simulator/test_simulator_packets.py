"""Packets put together again are the access units they were made of, at the right place of the loop."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from gstnvr.media.clips import access_unit_digest, audio_unit_digest
from gstnvr.media.units import VideoCodec
from gstnvr.rtsp.payloads import MAX_PAYLOAD_BYTES
from gstnvr.rtsp.sdp import parse_sdp
from gstnvr.simulator.packets import PreparedTrack
from gstnvr.simulator.prepare import prepare
from gstnvr.simulator.timeline import Position, timeline_for
from tests.rig.made_up_clips import HEADERS, MS, PPS, SPS, clip


def payloads(track: PreparedTrack, index: int) -> list[tuple[bool, bytes]]:
    unit = track.units[index]
    found = []
    for start, end in unit.packets:
        packet = track.data[unit.start + start : unit.start + end]
        mark, _, length, first, second = struct.unpack(">cBHBB", packet[:6])
        assert (mark, length, first) == (b"$", len(packet) - 4, 0x80)
        found.append((bool(second & 0x80), packet[16:]))
    return found


def joined(codec: VideoCodec, pieces: list[bytes]) -> bytes:
    if len(pieces) == 1:
        return pieces[0]
    if codec is VideoCodec.H264:
        flags = [piece[1] >> 6 for piece in pieces]
        head, skip = bytes([(pieces[0][0] & 0xE0) | (pieces[0][1] & 0x1F)]), 2
    else:
        flags = [piece[2] >> 6 for piece in pieces]
        head, skip = bytes([(pieces[0][0] & 0x81) | ((pieces[0][2] & 0x3F) << 1), pieces[0][1]]), 3
    assert flags == [2, *[0] * (len(pieces) - 2), 1]
    return head + b"".join(piece[skip:] for piece in pieces)


@given(st.integers(1, 5 * MAX_PAYLOAD_BYTES), st.sampled_from(sorted(HEADERS)))
def test_fragments_make_the_nal_unit_again(size: int, codec: VideoCodec) -> None:
    source = clip([size, 1], codec)
    track = prepare(source).video
    pieces = payloads(track, 0)
    assert all(len(piece) <= MAX_PAYLOAD_BYTES for _, piece in pieces)
    assert [marker for marker, _ in pieces] == [False] * (len(pieces) - 1) + [True]
    assert joined(codec, [piece for _, piece in pieces]) == source.video.units[0].data[0]


def test_the_description_names_what_is_sent() -> None:
    video, audio = parse_sdp(prepare(clip([10, 10])).sdp).media
    assert video.formats[0].parameters["sprop-parameter-sets"] == "Z0LAC4yNQA==,aM48gA=="
    assert video.formats[0].parameters["profile-level-id"] == "42c00b"
    assert (audio.formats[0].encoding, audio.formats[0].payload_type, audio.control) == ("PCMA", 8, "track1")


def test_parameter_sets_delimiters_and_trailing_zeros_do_not_change_a_digest() -> None:
    picture = b"\x65\x88\x84"
    bare = access_unit_digest(VideoCodec.H264, [picture])
    assert access_unit_digest(VideoCodec.H264, [b"\x09\xf0", SPS, PPS, picture + b"\x00\x00"]) == bare
    assert access_unit_digest(VideoCodec.H264, [b"\x65\x88\x85"]) != bare
    assert access_unit_digest(VideoCodec.H264, [picture, picture]) != bare
    assert audio_unit_digest(b"a") != audio_unit_digest(b"b")


def test_a_clip_with_a_clock_is_played_in_phase_with_utc() -> None:
    prepared = prepare(clip([10] * 10, phase=30 * MS))
    start, offset = 1_000 * MS, 7_777 * MS
    timeline = timeline_for(prepared, start, offset)
    first = timeline.first_at_or_after(prepared.video, start, key=True)
    due = timeline.due(prepared.video, first)
    assert prepared.video.units[first.index].key
    assert start <= due < start + 200 * MS
    assert (due + offset - 30 * MS) % prepared.length == prepared.video.units[first.index].send_at


@given(st.integers(0, 10**15))
def test_a_clip_without_a_clock_begins_at_once_with_a_key_frame(start: int) -> None:
    prepared = prepare(clip([10] * 12))
    timeline = timeline_for(prepared, start, 0)
    first = timeline.first_at_or_after(prepared.video, start, key=True)
    assert timeline.due(prepared.video, first) == start
    assert prepared.video.units[first.index].key


def test_the_unit_after_the_last_is_the_first_of_the_next_round() -> None:
    prepared = prepare(clip([10] * 10))
    timeline = timeline_for(prepared, 0, 0)
    last = timeline.due(prepared.video, Position(0, 9))
    assert timeline.first_at_or_after(prepared.video, last + 1) == Position(1, 0)
    assert timeline.due(prepared.video, Position(1, 0)) - last == 40 * MS
