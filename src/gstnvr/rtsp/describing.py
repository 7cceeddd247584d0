"""Session descriptions (SDP) of what is served: the section of each track."""

from base64 import b64encode
from collections.abc import Sequence

from gstnvr.media.clips import nal_unit_type
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.rtsp.payloads import VIDEO_CLOCK_RATE, VIDEO_PAYLOAD_TYPES, audio_payload_type

VIDEO_CONTROL, AUDIO_CONTROL = "track0", "track1"

_NAMES = {VideoCodec.H264: "H264", VideoCodec.H265: "H265", VideoCodec.MJPEG: "JPEG"}
_H264_SPS = 7
_H265_NAMES = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
_OPUS_RATE, _OPUS_CHANNELS = 48_000, 2
"""Whatever the sound is like (RFC 7587)."""


def video_section(codec: VideoCodec, width: int, height: int, parameter_sets: Sequence[bytes]) -> list[str]:
    """Lines of the section of video.

    Args:
        parameter_sets: NAL units; none of Motion JPEG.
    """
    payload_type = VIDEO_PAYLOAD_TYPES[codec]
    lines = [
        f"m=video 0 RTP/AVP {payload_type}",
        f"a=rtpmap:{payload_type} {_NAMES[codec]}/{VIDEO_CLOCK_RATE}",
        f"a=framesize:{payload_type} {width}-{height}",
        f"a=control:{VIDEO_CONTROL}",
    ]
    if codec is not VideoCodec.MJPEG:
        lines.append(f"a=fmtp:{payload_type} {_video_parameters(codec, parameter_sets)}")
    return lines


def audio_section(codec: AudioCodec, sample_rate: int, channels: int, config: bytes) -> list[str]:
    """Lines of the section of audio.

    Args:
        config: AudioSpecificConfig of AAC; empty for others.
    """
    payload_type = audio_payload_type(codec, sample_rate, channels)
    lines = [
        f"m=audio 0 RTP/AVP {payload_type}",
        f"a=rtpmap:{payload_type} {_audio_name(codec, sample_rate, channels)}",
    ]
    if codec is AudioCodec.AAC:
        lines.append(
            f"a=fmtp:{payload_type} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
            f"indexdeltalength=3;config={config.hex()}"
        )
    if codec is AudioCodec.OPUS and channels > 1:
        lines.append(f"a=fmtp:{payload_type} sprop-stereo=1")
    return [*lines, f"a=control:{AUDIO_CONTROL}"]


def audio_clock_rate(codec: AudioCodec, sample_rate: int) -> int:
    """Ticks a second of RTP."""
    return _OPUS_RATE if codec is AudioCodec.OPUS else sample_rate


def _audio_name(codec: AudioCodec, sample_rate: int, channels: int) -> str:
    if codec is AudioCodec.OPUS:
        return f"opus/{_OPUS_RATE}/{_OPUS_CHANNELS}"
    name = "MPEG4-GENERIC" if codec is AudioCodec.AAC else codec.upper()
    shown = f"/{channels}" if channels > 1 or codec is AudioCodec.AAC else ""
    return f"{name}/{sample_rate}{shown}"


def _video_parameters(codec: VideoCodec, parameter_sets: Sequence[bytes]) -> str:
    sets = [(nal_unit_type(codec, unit), unit) for unit in parameter_sets]
    if codec is VideoCodec.H265:
        return ";".join(
            f"{name}={','.join(_text(unit) for kind, unit in sets if kind == wanted)}"
            for wanted, name in _H265_NAMES.items()
        )
    profile = next((unit[1:4].hex() for kind, unit in sets if kind == _H264_SPS), "42e01f")
    sprop = ",".join(_text(unit) for _, unit in sets)
    return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop}"


def _text(data: bytes) -> str:
    return b64encode(data).decode()
