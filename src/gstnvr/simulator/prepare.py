"""From a clip to what a mount serves: packets and the session description."""

from base64 import b64encode

from gstnvr.media.clips import AudioClip, Clip, VideoClip, nal_unit_type
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.simulator.multipart import multipart_parts
from gstnvr.simulator.packets import (
    VIDEO_CLOCK_RATE,
    VIDEO_PAYLOAD_TYPES,
    PreparedClip,
    PreparedTrack,
    prepare_tracks,
)

_NAMES = {VideoCodec.H264: "H264", VideoCodec.H265: "H265", VideoCodec.MJPEG: "JPEG"}
_H264_SPS = 7
_H265_NAMES = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}


def prepare(clip: Clip) -> PreparedClip:
    """Cut a clip into packets and describe it."""
    video, audio = prepare_tracks(clip)
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        "s=gstnvr simulated camera",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=now-",
        *_video_lines(clip.video),
    ]
    if clip.audio is not None and audio is not None:
        lines += _audio_lines(clip.audio, audio)
    sdp = "\r\n".join([*lines, ""]).encode()
    return PreparedClip(sdp, clip.length, clip.phase, video, audio, multipart_parts(clip.video))


def _video_lines(video: VideoClip) -> list[str]:
    payload_type = VIDEO_PAYLOAD_TYPES[video.codec]
    lines = [
        f"m=video 0 RTP/AVP {payload_type}",
        f"a=rtpmap:{payload_type} {_NAMES[video.codec]}/{VIDEO_CLOCK_RATE}",
        f"a=framesize:{payload_type} {video.width}-{video.height}",
        "a=control:track0",
    ]
    if video.codec is not VideoCodec.MJPEG:
        lines.append(f"a=fmtp:{payload_type} {_video_parameters(video)}")
    return lines


def _video_parameters(video: VideoClip) -> str:
    sets = [(nal_unit_type(video.codec, unit), unit) for unit in video.parameter_sets]
    if video.codec is VideoCodec.H265:
        return ";".join(
            f"{name}={','.join(_text(unit) for kind, unit in sets if kind == wanted)}"
            for wanted, name in _H265_NAMES.items()
        )
    profile = next((unit[1:4].hex() for kind, unit in sets if kind == _H264_SPS), "42e01f")
    sprop = ",".join(_text(unit) for _, unit in sets)
    return f"packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop}"


def _audio_lines(audio: AudioClip, track: PreparedTrack) -> list[str]:
    payload_type = track.payload_type
    channels = f"/{audio.channels}" if audio.channels > 1 or audio.codec is AudioCodec.AAC else ""
    name = "MPEG4-GENERIC" if audio.codec is AudioCodec.AAC else audio.codec.upper()
    lines = [
        f"m=audio 0 RTP/AVP {payload_type}",
        f"a=rtpmap:{payload_type} {name}/{audio.sample_rate}{channels}",
    ]
    if audio.codec is AudioCodec.AAC:
        lines.append(
            f"a=fmtp:{payload_type} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;"
            f"indexdeltalength=3;config={audio.config.hex()}"
        )
    return [*lines, "a=control:track1"]


def _text(data: bytes) -> str:
    return b64encode(data).decode()
