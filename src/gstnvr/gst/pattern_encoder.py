"""Makes the test pictures of simulated cameras; each is encoded once and kept in a cache directory."""

import hashlib
import os
import tempfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

from gstnvr.gst.clip_reader import GstClipReader
from gstnvr.gst.runtime import Gst, initialise
from gstnvr.media.clips import LOOP_S, Clip, ClipError, PatternSpec
from gstnvr.media.units import AudioCodec, VideoCodec

_RECIPE = 2
"""Raise it when the picture changes, so that cached ones are made again."""

_NS_PER_S = 1_000_000_000
_AAC_SAMPLE_RATE = 32_000  # 60 s are a whole number of AAC frames only at this rate
_BITS_PER_PIXEL = 0.077  # 4 Mbit/s at 1080p25
_MIN_BITRATE_BPS = 100_000
_WAIT_NS = _NS_PER_S // 5


@dataclass(frozen=True, slots=True)
class _Encoder:
    factory: str
    description: str
    package: str


_H264 = (
    _Encoder(
        "openh264enc",
        "openh264enc gop-size={gop} rate-control=bitrate bitrate={bps} complexity=low",
        "gstreamer1.0-plugins-bad",
    ),
    _Encoder(
        "x264enc",
        "x264enc key-int-max={gop} bitrate={kbps} bframes=0 tune=zerolatency speed-preset=superfast "
        "option-string=scenecut=0:open-gop=0",
        "gstreamer1.0-plugins-ugly",
    ),
)
_H265 = (
    _Encoder(
        "x265enc",
        "x265enc key-int-max={gop} bitrate={kbps} tune=zerolatency speed-preset=ultrafast "
        "option-string=bframes=0:scenecut=0:open-gop=0:keyint={gop}:min-keyint={gop}:log-level=none",
        "gstreamer1.0-plugins-bad",
    ),
)
_MJPEG = (_Encoder("jpegenc", "jpegenc quality={quality}", "gstreamer1.0-plugins-good"),)
_VIDEO = {VideoCodec.H264: _H264, VideoCodec.H265: _H265, VideoCodec.MJPEG: _MJPEG}
_PARSERS = {VideoCodec.H264: "h264parse ! ", VideoCodec.H265: "h265parse ! ", VideoCodec.MJPEG: ""}
_JPEG_QUALITY = 50
_AAC = (
    _Encoder("voaacenc", "voaacenc bitrate=48000 ! aacparse", "gstreamer1.0-plugins-bad"),
    _Encoder("avenc_aac", "avenc_aac bitrate=48000 ! aacparse", "gstreamer1.0-libav"),
)
_AUDIO = {
    AudioCodec.AAC: _AAC,
    AudioCodec.PCMA: (_Encoder("alawenc", "alawenc", "gstreamer1.0-plugins-good"),),
    AudioCodec.PCMU: (_Encoder("mulawenc", "mulawenc", "gstreamer1.0-plugins-good"),),
}
_OTHER_ELEMENTS = (
    _Encoder("videotestsrc", "", "gstreamer1.0-plugins-base"),
    _Encoder("audiomixer", "", "gstreamer1.0-plugins-base"),
    _Encoder("textoverlay", "", "gstreamer1.0-x"),
    _Encoder("qtmux", "", "gstreamer1.0-plugins-good"),
)


class GstPatternEncoder:
    """Encodes with whatever encoder is installed."""

    def pattern(self, spec: PatternSpec, cache: Path) -> Clip:
        initialise()
        path = cache / f"{_key(spec)}.mov"
        if not path.exists():
            self._encode(spec, path)
        clip = GstClipReader().read(path)
        # Nobody can wait half a minute for a key frame: with fewer of them, a viewer gets one at once.
        return clip if spec.gop_s > 1 else replace(clip, phase=_phase_ms(spec) * 1_000_000)

    def _encode(self, spec: PatternSpec, path: Path) -> None:
        description = _description(spec)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=path.stem, suffix=".part", dir=path.parent)
        except OSError as error:
            raise ClipError(f"Cannot write to the pattern cache {path.parent}: {error.strerror}.") from None
        os.close(handle)
        part = Path(name)
        try:
            _run(description, part, spec)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _key(spec: PatternSpec) -> str:
    text = "/".join(
        (
            str(_RECIPE),
            spec.name,
            str(spec.height),
            str(spec.fps),
            spec.video,
            str(spec.audio),
            Gst.version_string(),
            *(() if (spec.gop_s, spec.kbps) == (1, None) else (str(spec.gop_s), str(spec.kbps))),
        )
    )
    return f"{spec.height}p{spec.fps}_{spec.video}_{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def _phase_ms(spec: PatternSpec) -> int:
    """Key frames of cameras with different names do not fall on the same moment, as with real ones."""
    return zlib.crc32(spec.name.encode()) % 1000


def _description(spec: PatternSpec) -> str:
    for element in _OTHER_ELEMENTS:
        _choose((element,))
    pixels_per_s = spec.width * spec.height * spec.fps
    suiting_bps = max(_MIN_BITRATE_BPS, round(pixels_per_s * _BITS_PER_PIXEL))
    bps = suiting_bps if spec.kbps is None else spec.kbps * 1000
    encoder = _choose(_VIDEO[spec.video])
    video = encoder.description.format(gop=spec.fps * spec.gop_s, bps=bps, kbps=bps // 1000, quality=_JPEG_QUALITY)
    description = (
        f"videotestsrc pattern=zone-plate kx2=8 ky2=8 kt=1 num-buffers={LOOP_S * spec.fps} ! "
        f"video/x-raw,format=I420,width={spec.width},height={spec.height},framerate={spec.fps}/1 ! "
        f'textoverlay name=label font-desc="Monospace {max(10, spec.height // 12)}px" shaded-background=true '
        f"valignment=top halignment=left ! {video} ! {_PARSERS[spec.video]}queue ! "
        "qtmux name=mux ! filesink name=file"
    )
    if spec.audio is None:
        return description
    return f"{description} {_sound(spec.audio)} ! queue ! mux."


def _sound(codec: AudioCodec) -> str:
    """Ticks, and noise too faint to be heard, so that no two packets are alike and a lost one can be told."""
    rate = _AAC_SAMPLE_RATE if codec is AudioCodec.AAC else 8000
    unit = 1024 if codec is AudioCodec.AAC else 160
    form = f"audio/x-raw,rate={rate},channels=1"
    length = f"samplesperbuffer={unit} num-buffers={LOOP_S * rate // unit}"
    return (
        f"audiotestsrc wave=white-noise volume=0.002 {length} ! {form} ! sound. "
        f"audiotestsrc wave=ticks volume=0.1 {length} ! {form} ! audiomixer name=sound ! {form} ! "
        f"{_choose(_AUDIO[codec]).description}"
    )


def _choose(candidates: tuple[_Encoder, ...]) -> _Encoder:
    for candidate in candidates:
        if Gst.ElementFactory.find(candidate.factory) is not None:
            return candidate
    names = " or ".join(candidate.factory for candidate in candidates)
    raise ClipError(
        f"GStreamer element {names} is missing, which test patterns need: install {candidates[0].package}."
    )


def _run(description: str, path: Path, spec: PatternSpec) -> None:
    pipeline = Gst.parse_launch(description)
    assert isinstance(pipeline, Gst.Pipeline)
    try:
        _element(pipeline, "file").set_property("location", str(path))
        label = _element(pipeline, "label")
        pad = label.get_static_pad("video_sink")
        assert pad is not None
        pad.add_probe(Gst.PadProbeType.BUFFER, _burn_in, (label, spec))
        pipeline.set_state(Gst.State.PLAYING)
        message = _wait_for_end(pipeline.get_bus())
        if message.type == Gst.MessageType.ERROR:
            error, _ = message.parse_error()
            raise ClipError(f"Cannot encode the pattern for {spec.name}: {error.message}")
    finally:
        pipeline.set_state(Gst.State.NULL)


def _wait_for_end(bus: Gst.Bus) -> Gst.Message:
    """In short waits, so that Ctrl-C gets through."""
    while True:
        message = bus.timed_pop_filtered(_WAIT_NS, Gst.MessageType.ERROR | Gst.MessageType.EOS)
        if message is not None:
            return message


def _burn_in(_pad: Gst.Pad, info: Gst.PadProbeInfo, target: tuple[Gst.Element, PatternSpec]) -> Gst.PadProbeReturn:
    label, spec = target
    buffer = info.get_buffer()
    assert buffer is not None
    milliseconds = (buffer.pts // 1_000_000 + _phase_ms(spec)) % (LOOP_S * 1000)
    frame = round(buffer.pts * spec.fps / _NS_PER_S)
    label.set_property(
        "text", f"{spec.name}\n{milliseconds // 1000:02d}.{milliseconds % 1000:03d} s\nframe {frame:04d}"
    )
    return Gst.PadProbeReturn.OK


def _element(pipeline: Gst.Pipeline, name: str) -> Gst.Element:
    element = pipeline.get_by_name(name)
    assert element is not None
    return element
