"""Small video files for tests."""

import subprocess
from pathlib import Path

_VIDEO = {
    "h264": "openh264enc gop-size={gop} ! h264parse",
    "h265": "x265enc key-int-max={gop} option-string=bframes=0:log-level=none tune=zerolatency ! h265parse",
    "mjpeg": "jpegenc ! jpegparse",
    "h264-b-frames": "x264enc key-int-max={gop} bframes=2 b-adapt=false ! h264parse",
}
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
    subprocess.run(["gst-launch-1.0", "-q", *description.split()], check=True, capture_output=True, timeout=60)
    return path
