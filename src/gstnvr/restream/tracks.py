"""From access units of a recorder to RTP packets, and what describes them: pure."""

import secrets
import struct
from collections.abc import Callable, Iterator, Sequence

from gstnvr.ipc.live import LiveFormat, LiveTrack, LiveUnit
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.rtsp.describing import AUDIO_CONTROL, VIDEO_CONTROL, audio_clock_rate, audio_section, video_section
from gstnvr.rtsp.payloads import (
    MARKER,
    PAYLOADS,
    RTP_HEADER_BYTES,
    RTP_VERSION,
    VIDEO_CLOCK_RATE,
    VIDEO_PAYLOAD_TYPES,
    aac_payload,
    audio_payload_type,
    to_ticks,
)
from gstnvr.rtsp.rtcp import bye, sender_report

_NAL_LENGTH_BYTES = 4
_HEADER = struct.Struct(">BBHII")
_CNAME = b"gstnvr"
_AVCC_SETS_AT, _HVCC_ARRAYS_AT = 5, 22
_SET_LENGTH_BYTES = 2


def describe(form: LiveFormat, title: str) -> bytes:
    """Session description of a stream."""
    video, audio = form.video, form.audio
    codec = VideoCodec(video.codec)
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        f"s={title}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        *video_section(codec, video.width, video.height, parameter_sets(video)),
    ]
    if audio is not None:
        lines += audio_section(AudioCodec(audio.codec), audio.sample_rate, audio.channels, audio.config)
    return "\r\n".join([*lines, ""]).encode()


def parameter_sets(video: LiveTrack) -> list[bytes]:
    """NAL units of ``avcC`` (ISO/IEC 14496-15, 5.3.3) or ``hvcC`` (8.3.3); none of other codecs."""
    config = video.config
    if video.codec == VideoCodec.H264 and len(config) > _AVCC_SETS_AT:
        sequences, at = _sets(config, _AVCC_SETS_AT + 1, config[_AVCC_SETS_AT] & 0x1F)
        pictures = _sets(config, at + 1, config[at])[0] if at < len(config) else []
        return sequences + pictures
    if video.codec == VideoCodec.H265 and len(config) > _HVCC_ARRAYS_AT:
        found: list[bytes] = []
        at = _HVCC_ARRAYS_AT + 1
        for _ in range(config[_HVCC_ARRAYS_AT]):
            count = int.from_bytes(config[at + 1 : at + 3], "big")
            sets, at = _sets(config, at + 3, count)
            found += sets
        return found
    return []


def _sets(config: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """So many NAL units from there on, and where they end."""
    found = []
    for _ in range(count):
        begin = at + _SET_LENGTH_BYTES
        at = begin + int.from_bytes(config[at:begin], "big")
        if begin < at <= len(config):
            found.append(config[begin:at])
    return found, at


def nal_units(data: bytes) -> Iterator[bytes]:
    """Those of an access unit with a length of four bytes in front of each."""
    at = 0
    while at + _NAL_LENGTH_BYTES < len(data):
        begin = at + _NAL_LENGTH_BYTES
        at = begin + int.from_bytes(data[at:begin], "big")
        if at > begin:
            yield data[begin:at]


class Packetizer:
    """Numbers the packets of one track for one client."""

    def __init__(self, audio: bool, track: LiveTrack) -> None:
        self.ssrc = secrets.randbits(32)
        self.sequence = secrets.randbits(16)
        """Of the next packet."""
        self._base = secrets.randbits(32)
        self._sent = self._sent_bytes = 0
        self._split: Callable[[bytes], Iterator[bytes]]
        if audio:
            codec = AudioCodec(track.codec)
            self.clock_rate = audio_clock_rate(codec, track.sample_rate)
            self._type = audio_payload_type(codec, track.sample_rate, track.channels)
            self._split = _split_aac if codec is AudioCodec.AAC else _whole
            self._last = MARKER if codec is AudioCodec.AAC else 0
        else:
            self.clock_rate = VIDEO_CLOCK_RATE
            self._type = VIDEO_PAYLOAD_TYPES[VideoCodec(track.codec)]
            self._split = _splitter(VideoCodec(track.codec))
            self._last = MARKER

    def rtp_time(self, pts: int) -> int:
        """Of a moment, in nanoseconds of the recorder's clock."""
        return (self._base + to_ticks(pts, self.clock_rate)) & 0xFFFFFFFF

    def packets(self, unit: LiveUnit) -> list[bytes]:
        """RTP packets of one access unit.

        Raises:
            ClipError: RTP cannot carry it.
        """
        payloads = list(self._split(unit.data))
        time = self.rtp_time(unit.pts)
        found = []
        for left, payload in zip(range(len(payloads) - 1, -1, -1), payloads, strict=True):
            kind = self._type if left else self._type | self._last
            found.append(_HEADER.pack(RTP_VERSION, kind, self.sequence, time, self.ssrc) + payload)
            self.sequence = (self.sequence + 1) & 0xFFFF
        self._sent += len(found)
        self._sent_bytes += sum(map(len, found)) - RTP_HEADER_BYTES * len(found)
        return found

    def report(self, utc_ns: int, pts: int) -> bytes:
        """RTCP that says when a moment of the recorder's clock was."""
        time = self.rtp_time(pts)
        return sender_report(self.ssrc, utc_ns, time, self._sent, self._sent_bytes, cname=_CNAME)

    def farewell(self) -> bytes:
        """RTCP that says that no more comes."""
        return bye(self.ssrc)


def packetizers(form: LiveFormat) -> dict[str, Packetizer]:
    """One for each track, by its control."""
    found = {VIDEO_CONTROL: Packetizer(False, form.video)}
    if form.audio is not None:
        found[AUDIO_CONTROL] = Packetizer(True, form.audio)
    return found


def control_of(unit: LiveUnit) -> str:
    """Of the track of an access unit."""
    return AUDIO_CONTROL if unit.audio else VIDEO_CONTROL


def rtp_info(base: str, pts: int, tracks: dict[str, Packetizer], controls: Sequence[str]) -> str:
    """What a client needs to begin all tracks at the same moment."""
    return ",".join(
        f"url={base}{control};seq={tracks[control].sequence};rtptime={tracks[control].rtp_time(pts)}"
        for control in controls
    )


def _splitter(codec: VideoCodec) -> Callable[[bytes], Iterator[bytes]]:
    cut = PAYLOADS[codec]
    if codec is VideoCodec.MJPEG:
        return cut
    return lambda data: (payload for nal_unit in nal_units(data) for payload in cut(nal_unit))


def _split_aac(data: bytes) -> Iterator[bytes]:
    yield aac_payload(data)


def _whole(data: bytes) -> Iterator[bytes]:
    yield data
