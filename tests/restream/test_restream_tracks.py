"""What clients are told of a stream, and the packets that they are sent."""

import struct

import pytest

from gstnvr.ipc.live import LiveFormat, LiveTrack, LiveUnit
from gstnvr.model.clock import NS_PER_S
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.restream.requests import Datagrams, Interleaved, target_of, transport_of
from gstnvr.restream.session import Ends
from gstnvr.restream.tracks import describe, packetizers, parameter_sets, rtp_info
from gstnvr.rtsp.payloads import MAX_PAYLOAD_BYTES
from gstnvr.rtsp.sdp import parse_sdp
from tests.restream.rig import FORM, H264, STEP, nal, picture

SPS, PPS = bytes.fromhex("6742c01eda02d0496c01"), bytes.fromhex("68ce3c80")


def hvcc(*sets: bytes) -> bytes:
    arrays = b"".join(
        bytes([0x80 | (one[0] >> 1)]) + b"\x00\x01" + len(one).to_bytes(2, "big") + one for one in sets
    )
    return bytes(22) + bytes([len(sets)]) + arrays


H265_SETS = [bytes([kind << 1, 1, kind]) for kind in (32, 33, 34)]
H265 = LiveTrack("h265", hvcc(*H265_SETS), width=1920, height=1080)


def test_parameter_sets_are_those_of_the_camera() -> None:
    assert parameter_sets(H264) == [SPS, PPS]
    assert parameter_sets(H265) == H265_SETS
    assert parameter_sets(LiveTrack("mjpeg", b"")) == []


@pytest.mark.parametrize("track", [H264, H265])
def test_parameter_sets_that_are_cut_off_are_left_out(track: LiveTrack) -> None:
    for length in range(len(track.config)):
        cut = LiveTrack(track.codec, track.config[:length])
        whole = parameter_sets(track)
        assert parameter_sets(cut) == whole[: len(parameter_sets(cut))]


@pytest.mark.parametrize(
    ("audio", "encoding", "rate", "channels"),
    [
        (LiveTrack("aac", bytes.fromhex("1210"), sample_rate=44_100, channels=2), "MPEG4-GENERIC", 44_100, 2),
        (LiveTrack("pcma", b"", sample_rate=8000, channels=1), "PCMA", 8000, 1),
        (LiveTrack("pcmu", b"", sample_rate=16_000, channels=1), "PCMU", 16_000, 1),
        (LiveTrack("opus", b"", sample_rate=48_000, channels=1), "OPUS", 48_000, 2),
    ],
)
def test_sound_is_described(audio: LiveTrack, encoding: str, rate: int, channels: int) -> None:
    video, sound = parse_sdp(describe(LiveFormat(H265, audio), "yard/main")).media
    (form,) = sound.formats
    assert (form.encoding, form.clock_rate, form.channels) == (encoding, rate, channels)
    assert sound.control == "track1"
    assert form.parameters.get("config", "") == audio.config.hex()
    assert video.formats[0].encoding == "H265"


def test_video_is_described() -> None:
    (video,) = parse_sdp(describe(FORM, "yard/main")).media
    parameters = video.formats[0].parameters
    assert parameters["profile-level-id"] == "42c01e"
    assert parameters["sprop-parameter-sets"] == "Z0LAHtoC0ElsAQ==,aM48gA=="


def header(packet: bytes) -> tuple[int, int, int, int, int]:
    found: tuple[int, int, int, int, int] = struct.unpack(">BBHII", packet[:12])
    return found


def test_packets_of_a_picture_are_numbered_and_the_last_is_marked() -> None:
    video = packetizers(FORM)["track0"]
    first = video.sequence
    packets = video.packets(picture(1, size=3 * MAX_PAYLOAD_BYTES))
    packets += video.packets(picture(2))
    assert [header(packet)[2] for packet in packets] == [(first + n) & 0xFFFF for n in range(len(packets))]
    assert [bool(header(packet)[1] & 0x80) for packet in packets] == [False] * (len(packets) - 2) + [True, True]
    times = [header(packet)[3] for packet in packets]
    assert (times[-1] - times[0]) & 0xFFFFFFFF == 90_000 * STEP // NS_PER_S
    assert max(map(len, packets)) <= MAX_PAYLOAD_BYTES + 12


def test_several_nal_units_share_a_time_and_one_marker() -> None:
    units = [nal(6, 20, 0), nal(5, 400, 1), nal(5, 400, 2)]
    data = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)
    packets = packetizers(FORM)["track0"].packets(LiveUnit(False, 0, 0, STEP, True, data + bytes(4)))
    assert [packet[12:] for packet in packets] == units
    assert [header(packet)[1] >> 7 for packet in packets] == [0, 0, 1]
    assert len({header(packet)[3] for packet in packets}) == 1


def test_tracks_begin_at_the_same_moment() -> None:
    audio = LiveTrack("opus", b"", sample_rate=16_000, channels=1)
    tracks = packetizers(LiveFormat(H264, audio))
    at = 77 * NS_PER_S
    information = rtp_info("rtsp://h/yard/main/", at, tracks, ["track0", "track1"]).split(",")
    sound = LiveUnit(True, at + NS_PER_S, at + NS_PER_S, 0, True, b"sound")
    (packet,) = tracks["track1"].packets(sound)
    told = dict(part.split("=", 1) for part in information[1].split(";"))
    assert told["url"] == "rtsp://h/yard/main/track1"
    assert header(packet)[2] == int(told["seq"])
    assert (header(packet)[3] - int(told["rtptime"])) & 0xFFFFFFFF == 48_000
    assert packet[12:] == b"sound"


@pytest.mark.parametrize("suffix", ["", "/", "/track0", "/track1/"])
def test_addresses_name_streams_and_tracks(suffix: str) -> None:
    target = target_of(f"rtsp://kim:secret@host:8554/front-door/sub{suffix}")
    assert target is not None
    assert target.stream == StreamId(CameraId("front-door"), StreamKind.SUB)
    assert target.control == suffix.strip("/")
    assert target.base == "rtsp://host:8554/front-door/sub/"


@pytest.mark.parametrize(
    "url",
    [
        "*",
        "rtsp://host/",
        "rtsp://host/front",
        "rtsp://host/front/other",
        "rtsp://host/../front/main",
        "rtsp://host/front/main/track2",
        "rtsp://host//front/main",
        "rtsp://host/%66ront/main",
        "rtsp://[host/front/main",
        "http://host/front/main",
    ],
)
def test_other_addresses_name_nothing(url: str) -> None:
    assert target_of(url) is None


@pytest.mark.parametrize(
    ("field", "chosen"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=4-5", Interleaved(4)),
        ("RTP/AVP/TCP;unicast", Interleaved(2)),
        ("RTP/AVP;unicast;client_port=4000-4001", Datagrams(4000, 4001)),
        ("RTP/AVP/UDP;unicast;client_port=4000", Datagrams(4000, 4001)),
        ("RTP/AVP;multicast;client_port=4000-4001,RTP/AVP/TCP;interleaved=0-1", Interleaved(0)),
        ("RTP/AVP;unicast;client_port=0-1", None),
        ("RTP/AVP;unicast;client_port=70000-70001", None),
        ("RTP/AVP;unicast;client_port=4000-22", None),
        ("RTP/AVP/TCP;interleaved=255-256", None),
        ("RTP/SAVP;unicast;client_port=4000-4001", None),
        ("", None),
    ],
)
def test_the_first_transport_that_will_do_is_taken(field: str, chosen: object) -> None:
    assert transport_of(field, free_channel=2, datagrams=True) == chosen


def test_datagrams_never_leave_the_machine() -> None:
    assert transport_of("RTP/AVP;client_port=4000-4001", free_channel=0, datagrams=False) is None
    assert Ends("127.0.0.1", "127.0.0.1", encrypted=False).within_machine
    assert Ends("::1", "::1", encrypted=False).within_machine
    assert not Ends("127.0.0.1", "127.0.0.1", encrypted=True).within_machine
    assert not Ends("192.0.2.1", "192.0.2.7", encrypted=False).within_machine
    assert not Ends("fe80::1", "fe80::2%eth0", encrypted=False).within_machine
