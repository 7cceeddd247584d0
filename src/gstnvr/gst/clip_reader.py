"""Takes video files apart into clips, without decoding them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gstnvr.gst.runtime import Gst, initialise
from gstnvr.media.clips import AudioClip, Clip, ClipError, EncodedUnit, VideoClip, nal_unit_type
from gstnvr.media.units import AudioCodec, VideoCodec

MAX_FILE_BYTES = 1 << 30
"""A clip is held in memory."""

_READ_TIMEOUT_NS = 60_000_000_000
_G711_UNIT_NS = 20_000_000
_DELIMITERS = {VideoCodec.H264: (9,), VideoCodec.H265: (35,)}
_PARAMETER_SETS = {VideoCodec.H264: (7, 8), VideoCodec.H265: (32, 33, 34)}
_CAPS = {
    VideoCodec.H264: ("h264parse config-interval=-1", "video/x-h264,stream-format=byte-stream,alignment=au"),
    VideoCodec.H265: ("h265parse config-interval=-1", "video/x-h265,stream-format=byte-stream,alignment=au"),
    VideoCodec.MJPEG: ("jpegparse", "image/jpeg,parsed=true"),
    AudioCodec.AAC: ("aacparse", "audio/mpeg,mpegversion=4,stream-format=raw"),
    AudioCodec.PCMA: ("identity", "audio/x-alaw"),
    AudioCodec.PCMU: ("identity", "audio/x-mulaw"),
}
_CODECS: dict[str, VideoCodec | AudioCodec] = {
    "video/x-h264": VideoCodec.H264,
    "video/x-h265": VideoCodec.H265,
    "image/jpeg": VideoCodec.MJPEG,
    "audio/x-alaw": AudioCodec.PCMA,
    "audio/x-mulaw": AudioCodec.PCMU,
}


@dataclass(frozen=True, slots=True)
class _Sample:
    pts: int
    key: bool
    data: bytes


@dataclass(slots=True)
class _Track:
    codec: VideoCodec | AudioCodec
    sink: Gst.Element
    caps: Gst.Caps | None = None


class GstClipReader:
    """Reads MP4, QuickTime and Matroska files."""

    def read(self, path: Path) -> Clip:
        initialise()
        try:
            size = path.stat().st_size
        except OSError as error:
            raise ClipError(f"Cannot read {path}: {error.strerror}.") from None
        if size > MAX_FILE_BYTES:
            raise ClipError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB: cut it shorter.")
        reading = _Reading(path)
        try:
            return reading.run()
        finally:
            reading.close()


class _Reading:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._tracks: list[_Track] = []
        self._pipeline = Gst.Pipeline()
        self._bus = self._pipeline.get_bus()
        source = _make("filesrc", {"location": str(path)})
        demuxer = _make(_demuxer(path), {})
        demuxer.connect("pad-added", self._link)
        for element in (source, demuxer):
            self._pipeline.add(element)
        source.link(demuxer)

    def close(self) -> None:
        self._pipeline.set_state(Gst.State.NULL)

    def run(self) -> Clip:
        self._pipeline.set_state(Gst.State.PLAYING)
        end = self._bus.timed_pop_filtered(_READ_TIMEOUT_NS, Gst.MessageType.EOS | Gst.MessageType.ERROR)
        if end is None or end.type == Gst.MessageType.ERROR:
            raise self._failure(end)
        video = next((track for track in self._tracks if isinstance(track.codec, VideoCodec)), None)
        audio = next((track for track in self._tracks if isinstance(track.codec, AudioCodec)), None)
        if video is None:
            raise self._failure(None)
        video_samples = self._pull(video)
        audio_samples = self._pull(audio) if audio is not None else []
        return _clip(self._path, (video, video_samples), (audio, audio_samples) if audio is not None else None)

    def _link(self, _demuxer: Gst.Element, pad: Gst.Pad) -> None:
        codec = _codec(pad.query_caps())  # type: ignore[no-untyped-call]
        taken = {type(track.codec) for track in self._tracks}
        if codec is None or type(codec) in taken:
            return
        parse, caps = _CAPS[codec]
        branch = Gst.parse_bin_from_description(
            f"{parse} ! {caps} ! appsink name=sink sync=false async=false wait-on-eos=false", True
        )
        sink = branch.get_by_name("sink")
        assert sink is not None
        self._tracks.append(_Track(codec, sink))
        self._pipeline.add(branch)
        entry = branch.get_static_pad("sink")
        assert entry is not None
        pad.link(entry)
        branch.sync_state_with_parent()

    @staticmethod
    def _pull(track: _Track) -> list[_Sample]:
        """All samples; they are there already, as the sink has seen the end of the stream."""
        samples: list[_Sample] = []
        while (sample := track.sink.emit("try-pull-sample", 0)) is not None:
            track.caps = track.caps or sample.get_caps()
            buffer = sample.get_buffer()
            key = not buffer.has_flags(Gst.BufferFlags.DELTA_UNIT)
            samples.append(_Sample(buffer.pts, key, buffer.extract_dup(0, buffer.get_size())))
        return samples

    def _failure(self, message: Gst.Message | None) -> ClipError:
        if message is None:
            return ClipError(f"{self._path} holds no H.264, H.265 or Motion JPEG video that can be read.")
        error, _ = message.parse_error()
        return ClipError(f"Cannot read {self._path}: {error.message}")


def _demuxer(path: Path) -> str:
    try:
        with path.open("rb") as file:
            magic = file.read(8)
    except OSError as error:
        raise ClipError(f"Cannot read {path}: {error.strerror}.") from None
    if magic.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroskademux"
    if magic[4:] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return "qtdemux"
    raise ClipError(f"{path} is neither MP4 nor Matroska: convert it.")


def _make(factory: str, properties: dict[str, object]) -> Gst.Element:
    element = Gst.ElementFactory.make(factory)
    if element is None:
        raise ClipError(f"GStreamer element {factory} is missing: install gstreamer1.0-plugins-good.")
    for name, value in properties.items():
        element.set_property(name, value)
    return element


def _codec(caps: Gst.Caps) -> VideoCodec | AudioCodec | None:
    structure = caps.get_structure(0)
    name = structure.get_name()
    if name == "audio/mpeg":
        return AudioCodec.AAC if structure.get_value("mpegversion") in (2, 4) else None
    return _CODECS.get(name)


_TrackSamples = tuple[_Track, list[_Sample]]


def _clip(path: Path, video: _TrackSamples, audio: _TrackSamples | None) -> Clip:
    track, samples = video
    first_key = next((number for number, sample in enumerate(samples) if sample.key), None)
    if first_key is None or len(samples) - first_key < 2:
        raise ClipError(f"{path} has no key frame, or fewer than two frames after it.")
    samples = samples[first_key:]
    shown = sorted(sample.pts for sample in samples)
    start, step = shown[0], (shown[-1] - shown[0]) // (len(shown) - 1)
    length = shown[-1] - start + step
    delay = max(dts - sample.pts for dts, sample in zip(shown, samples, strict=True))
    return Clip(
        video=_video(track, samples, delay),
        audio=_audio(audio, start, length, delay) if audio is not None and audio[1] else None,
        length=length,
    )


def _video(track: _Track, samples: list[_Sample], delay: int) -> VideoClip:
    """Decoding times are the showing times in rising order: the demuxers do not all tell them."""
    codec = track.codec
    assert isinstance(codec, VideoCodec)
    shown = sorted(sample.pts for sample in samples)
    units = []
    for dts, sample in zip(shown, samples, strict=True):
        data = _parts(codec, sample.data)
        units.append(EncodedUnit(dts - shown[0], sample.pts - shown[0] + delay, sample.key, data))
    parameter_sets = _of_kinds(codec, units[0].data, _PARAMETER_SETS)
    return VideoClip(codec, _number(track, "width"), _number(track, "height"), parameter_sets, tuple(units))


def _parts(codec: VideoCodec, data: bytes) -> tuple[bytes, ...]:
    """As in ``EncodedUnit``; delimiters are left out."""
    if codec is VideoCodec.MJPEG:
        return (data,)
    units = _split(data)
    delimiters = _of_kinds(codec, units, _DELIMITERS)
    return tuple(unit for unit in units if unit not in delimiters)


def _of_kinds(
    codec: VideoCodec, units: Sequence[bytes], kinds: Mapping[VideoCodec, tuple[int, ...]]
) -> tuple[bytes, ...]:
    if codec is VideoCodec.MJPEG:
        return ()
    return tuple(unit for unit in units if nal_unit_type(codec, unit) in kinds[codec])


def _split(stream: bytes) -> list[bytes]:
    """NAL units of an Annex B byte stream; a start code cannot occur inside of one."""
    return [unit for part in stream.split(b"\x00\x00\x01") if (unit := part.rstrip(b"\x00"))]


def _audio(audio: _TrackSamples, start: int, length: int, delay: int) -> AudioClip:
    track, samples = audio
    assert isinstance(track.codec, AudioCodec)
    rate, channels = _number(track, "rate"), _number(track, "channels")
    config = b""
    if track.codec is AudioCodec.AAC:
        config = _codec_data(track)
    else:
        samples = _cut_g711(samples, rate, channels)
    units = tuple(
        EncodedUnit(sample.pts - start, sample.pts - start + delay, True, (sample.data,))
        for sample in samples
        if 0 <= sample.pts - start < length
    )
    return AudioClip(track.codec, rate, channels, config, units)


def _cut_g711(samples: list[_Sample], rate: int, channels: int) -> list[_Sample]:
    """Packets of 20 ms as cameras send them; files hold pieces of any length."""
    size = rate * channels * _G711_UNIT_NS // 1_000_000_000
    data = b"".join(sample.data for sample in samples)
    whole = range(0, len(data) - size + 1, size)
    return [
        _Sample(samples[0].pts + number * _G711_UNIT_NS, True, data[offset : offset + size])
        for number, offset in enumerate(whole)
    ]


def _number(track: _Track, field: str) -> int:
    assert track.caps is not None
    value = track.caps.get_structure(0).get_value(field)
    assert isinstance(value, int)
    return value


def _codec_data(track: _Track) -> bytes:
    assert track.caps is not None
    data = track.caps.get_structure(0).get_value("codec_data")
    assert isinstance(data, Gst.Buffer)
    return data.extract_dup(0, data.get_size())
