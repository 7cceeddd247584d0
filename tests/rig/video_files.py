"""Small video files for tests."""

import subprocess
from pathlib import Path

_VIDEO = {
    "h264": "openh264enc gop-size={gop} ! h264parse",
    "h265": "x265enc key-int-max={gop} option-string=bframes=0:log-level=none tune=zerolatency ! h265parse",
    "mjpeg": "jpegenc ! jpegparse",
}
OUT_OF_ORDER = {
    name: Path(__file__).parent.parent / "clips" / f"{name}.mp4"
    for name in ("h264_closed_gop", "h264_open_gop", "h265_open_gop")
}
"""Six seconds of ten pictures each, some of which are shown after others that follow them, with closed groups of
pictures and with open ones. Made by us with encoders that are not needed otherwise."""
_AUDIO = {
    "aac": "audio/x-raw,rate=48000,channels=2 ! voaacenc ! aacparse",
    "pcma": "audio/x-raw,rate=8000,channels=1 ! alawenc",
    "pcmu": "audio/x-raw,rate=8000,channels=1 ! mulawenc",
}


def make_video(
    path: Path, *, seconds: int = 2, fps: int = 10, height: int = 90, video: str = "h264", audio: str | None = None
) -> Path:
    """Encode a moving picture, one key frame a second; the suffix decides between ``.mp4``, ``.mov``, ``.mkv``."""
    muxer = {".mp4": "mp4mux", ".mov": "qtmux", ".mkv": "matroskamux"}[path.suffix]
    description = (
        f"videotestsrc pattern=zone-plate kx2=8 ky2=8 kt=1 num-buffers={seconds * fps} ! "
        f"video/x-raw,format=I420,width={height * 16 // 9},height={height},framerate={fps}/1 ! "
        f"{_VIDEO[video].format(gop=fps)} ! queue ! {muxer} name=mux ! filesink location={path}"
    )
    if audio is not None:
        description += (
            f" audiotestsrc wave=white-noise volume=0.1 samplesperbuffer=1000 num-buffers={seconds * 48} ! "
            f"audioconvert ! audio/x-raw,rate=48000 ! audioresample ! {_AUDIO[audio]} ! queue ! mux."
        )
    return _run(description, path)


def make_noise(path: Path) -> Path:
    """A second of H.264 at some 40 Mbit/s, 25 fps, with one key frame; MP4."""
    return _run(
        "videotestsrc pattern=snow num-buffers=25 ! video/x-raw,format=I420,width=768,height=432,framerate=25/1 ! "
        "openh264enc gop-size=25 rate-control=off ! h264parse ! "
        f"mp4mux ! filesink location={path}",
        path,
    )


def make_slow_video(path: Path, seconds: int) -> Path:
    """A frame every two seconds, with a key frame every ten, and sound; MP4."""
    return _run(
        f"videotestsrc pattern=ball num-buffers={seconds // 2} ! "
        "video/x-raw,format=I420,width=160,height=90,framerate=1/2 ! openh264enc gop-size=5 ! h264parse ! queue ! "
        f"mp4mux name=mux ! filesink location={path} "
        f"audiotestsrc wave=white-noise volume=0.1 samplesperbuffer=1000 num-buffers={seconds * 48} ! "
        "audioconvert ! audio/x-raw,rate=48000,channels=2 ! voaacenc ! aacparse ! "
        "queue max-size-time=0 max-size-buffers=0 ! mux.",
        path,
    )


def _run(description: str, path: Path) -> Path:
    subprocess.run(["gst-launch-1.0", "-q", *description.split()], check=True, capture_output=True, timeout=60)
    return path
