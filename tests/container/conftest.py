"""Small segments made by GStreamer's own muxers."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

_PICTURE = "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,width=48,height=32,framerate=25/1"
_H264 = f"{_PICTURE} ! x264enc key-int-max=15 tune=zerolatency bitrate=20 ! h264parse ! m."
_H264_REORDERED = f"{_PICTURE} ! x264enc key-int-max=15 bframes=2 bitrate=20 ! h264parse ! m."
_H265 = (
    "videotestsrc num-buffers=40 pattern=ball ! video/x-raw,width=64,height=64,framerate=25/1"
    " ! x265enc key-int-max=15 bitrate=20 tune=zerolatency ! h265parse ! m."
)
_TONE = "audiotestsrc num-buffers=75 samplesperbuffer=1024 ! audio/x-raw,rate=48000,channels=1"
_SPEECH = "audiotestsrc num-buffers=80 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1"
_JPEG = f"{_PICTURE},format=I420 ! jpegenc ! jpegparse ! m."
_FRAGMENTED = "mp4mux name=m fragment-duration=500"
_MKV_OF_KEY_FRAMES = (
    "matroskamux name=m offset-to-zero=true min-cluster-duration=700000000 max-cluster-duration=700000000"
)

_PIPELINES = {
    "h264.mp4": f"{_H264} {_FRAGMENTED}",
    "reordered.mp4": f"{_H264_REORDERED} {_FRAGMENTED}",
    "h265.mp4": f"{_H265} {_FRAGMENTED}",
    "h264_aac.mp4": f"{_H264} {_TONE} ! voaacenc bitrate=16000 ! aacparse ! m. {_FRAGMENTED}",
    "h264_opus.mp4": f"{_H264} {_TONE} ! opusenc ! m. {_FRAGMENTED}",
    "plain.mp4": f"{_H264} mp4mux name=m",
    "first_moov.mp4": f"{_H264} {_FRAGMENTED} fragment-mode=first-moov-then-finalise",
    "h264.mkv": f"{_H264} matroskamux name=m",
    "h265.mkv": f"{_H265} matroskamux name=m",
    "h264_pcma.mkv": f"{_H264} {_SPEECH} ! alawenc ! m. matroskamux name=m",
    "h264_pcmu.mkv": f"{_H264} {_SPEECH} ! mulawenc ! m. matroskamux name=m",
    "h264_aac.mkv": f"{_H264} {_TONE} ! voaacenc bitrate=16000 ! aacparse ! m. matroskamux name=m",
    "h264_opus.mkv": f"{_H264} {_TONE} ! opusenc ! m. matroskamux name=m",
    "mjpeg.mkv": f"{_JPEG} {_MKV_OF_KEY_FRAMES}",
    "mjpeg_pcma.mkv": f"{_JPEG} {_SPEECH} ! alawenc ! m. {_MKV_OF_KEY_FRAMES}",
    "streamed.mkv": f"{_H264} matroskamux name=m streamable=true",
}


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes each example once: 40 frames, 25 a second, a key frame every 15. Its file must not be changed."""
    folder = tmp_path_factory.mktemp("segments")

    def make(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pipeline = f"{_PIPELINES[name]} m. ! filesink location={path}"
            subprocess.run(["gst-launch-1.0", "-q", *pipeline.split()], check=True, timeout=60)
        return path

    return make
