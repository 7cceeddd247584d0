"""From a clip to what a mount serves: packets and the session description."""

from gstnvr.media.clips import Clip
from gstnvr.rtsp.describing import audio_section, video_section
from gstnvr.simulator.multipart import multipart_parts
from gstnvr.simulator.packets import PreparedClip, prepare_tracks


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
        *video_section(clip.video.codec, clip.video.width, clip.video.height, clip.video.parameter_sets),
    ]
    if clip.audio is not None and audio is not None:
        lines += audio_section(clip.audio.codec, clip.audio.sample_rate, clip.audio.channels, clip.audio.config)
    sdp = "\r\n".join([*lines, ""]).encode()
    return PreparedClip(sdp, clip.length, clip.phase, video, audio, multipart_parts(clip.video))
