"""One RTSP session: rtspsrc, depayloaders and parsers, drained through appsinks."""

import asyncio
import time
from typing import cast

from gstnvr.gst.camera_connection import CameraConnection
from gstnvr.gst.deadlines import Deadlines
from gstnvr.gst.description import Description
from gstnvr.gst.flood import FloodGuard
from gstnvr.gst.formats import VIDEO_CAPS, audio_format, is_writable, video_format
from gstnvr.gst.jitter_buffers import JitterBuffers
from gstnvr.gst.keep_alive import KeepAlive
from gstnvr.gst.link import LinkReader
from gstnvr.gst.messages import name_for
from gstnvr.gst.payload_check import PayloadCheck
from gstnvr.gst.pipeline import Pipeline, make
from gstnvr.gst.plug import Plug
from gstnvr.gst.runtime import Gst, GstApp
from gstnvr.gst.samples import DELTA_UNIT, MissingTimes, make_sink, unit_of
from gstnvr.gst.ssrc_limit import SsrcLimit
from gstnvr.gst.times import Times
from gstnvr.media.link import LinkStatistics
from gstnvr.media.messages import ErrorDomain, MediaMessage, PipelineError, ResourceCode, Role, StreamCode
from gstnvr.media.pipelines import Listener, SourceSpec
from gstnvr.media.units import AccessUnit, AudioCodec, AudioFormat, Track, VideoCodec, VideoFormat
from gstnvr.model.choices import G711

_DEPAYLOADERS = {
    VideoCodec.H264: "rtph264depay",
    VideoCodec.H265: "rtph265depay",
    VideoCodec.MJPEG: "rtpjpegdepay",
    AudioCodec.AAC: "rtpmp4gdepay",
    AudioCodec.PCMA: "rtppcmadepay",
    AudioCodec.PCMU: "rtppcmudepay",
    AudioCodec.OPUS: "rtpopusdepay",
}
_PARSERS = {VideoCodec.H264: "h264parse", VideoCodec.H265: "h265parse", VideoCodec.MJPEG: "jpegparse"}
_G711_DECODERS = {AudioCodec.PCMA: "alawdec", AudioCodec.PCMU: "mulawdec"}
_OPUS_PACKET_MS = 60
_OPUS_BITS_PER_S = 24_000
_ANOTHER_CODEC = PipelineError(
    ErrorDomain.STREAM, StreamCode.WRONG_TYPE, Role.DEPAYLOADER, "another codec than before is being sent"
)
_FLOODED = PipelineError(
    ErrorDomain.RESOURCE, ResourceCode.NO_SPACE_LEFT, Role.DEPAYLOADER, "too much has come without any picture"
)
_MOST_CONNECTIONS = 8
"""Of one session; a tunnel takes two, another way of transport and a redirection one more each."""
_IN_CIRCLES = PipelineError(
    ErrorDomain.RESOURCE, ResourceCode.BUSY, Role.SOURCE, "it refers to itself again and again"
)
_PLUG_PULLED_AFTER = 0.5
"""Of the time that a source has to stop; until then it may say good-bye to the camera."""
_LARGEST_PACKET = 1500


class RtspSource:
    """Implements ``media.pipelines.Source``."""

    def __init__(self, spec: SourceSpec) -> None:
        """Build the pipeline.

        Raises:
            MissingElementError: GStreamer lacks an element.
        """
        self._pipeline = Pipeline("source")
        self._camera = CameraConnection(spec)
        rtspsrc = self._camera.element
        self._jitter_buffers = JitterBuffers(rtspsrc)
        self._ssrcs = SsrcLimit(rtspsrc)
        self._plug = Plug(rtspsrc)
        self._flood = FloodGuard(self._received)
        self._flooded = False
        self._description = Description(rtspsrc, spec.video, spec.audio)
        rtspsrc.connect("select-stream", self._select_stream)
        rtspsrc.connect("pad-added", self._link)
        self._pipeline.add(rtspsrc)
        self._pipeline.begin_in_mid_time()
        self._keep_alive = KeepAlive(rtspsrc, spec.keepalive_s)
        self._link_reader = LinkReader(self._jitter_buffers)
        self._deadlines = Deadlines(self._jitter_buffers)
        self._branches: dict[Track, Gst.Element] = {}
        self._video = self._add_branch(Track.VIDEO, _video_chain(spec.video))
        self._audio = self._add_branch(Track.AUDIO, _audio_chain(spec.audio, spec.g711)) if spec.audio else None
        self._missing_times = MissingTimes()
        self._times = Times()
        self._check = PayloadCheck(spec.video)
        self._listener: Listener | None = None
        self._video_format: VideoFormat | None = None
        self._audio_format: AudioFormat | None = None

    def start(self, listener: Listener) -> None:
        self._listener = listener
        self._camera.begin()
        self._pipeline.play(lambda message: listener(self._explain(message)))

    async def stop(self, timeout_s: float) -> bool:
        self._listener = None
        self._keep_alive.stop()
        patience_s = 0.0 if self._flooded else timeout_s * _PLUG_PULLED_AFTER
        pulling = asyncio.get_running_loop().call_later(patience_s, self._plug.pull)
        try:
            return await self._pipeline.release(timeout_s)
        finally:
            pulling.cancel()
            self._camera.end()

    def pull(self) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        take = self._video.try_pull_sample
        while (sample := take(0)) is not None:
            buffer = cast(Gst.Buffer, sample.get_buffer())
            key = not buffer.has_flags(DELTA_UNIT)
            if key or self._video_format is None:
                self._video_format = self._same_video(cast(Gst.Caps, sample.get_caps()))
                self._keep_alive.start()
            if is_writable(self._video_format):
                units.append(unit_of(Track.VIDEO, buffer, key, self._video_format))
        units = self._missing_times.complete(units)
        self._deadlines.follow(self._description.number_of(Track.VIDEO), units)
        units = self._check.sift(units)
        audio = self._pull_audio(self._audio) if self._audio is not None else []
        self._deadlines.follow(self._description.number_of(Track.AUDIO), audio)
        self._flooded |= self._flood.is_flooded(units_came=bool(units or audio))
        if self._check.failed:
            self._give_up(_ANOTHER_CODEC)
        elif self._flooded:
            self._give_up(_FLOODED)
        elif self._plug.connections > _MOST_CONNECTIONS:
            self._give_up(_IN_CIRCLES)
        return self._times.arrange(units, audio, time.monotonic())

    def _explain(self, message: MediaMessage) -> MediaMessage:
        """The same, or the reason that is known here."""
        if isinstance(message, PipelineError) and message.role is Role.SOURCE and message.fatal:
            if self._description.excessive:
                return _FLOODED
            if self._description.has_other_codec:
                return _ANOTHER_CODEC
        return self._camera.explain(message)

    def _give_up(self, why: PipelineError) -> None:
        if self._listener is not None:
            # Not now: whoever hears it may pull once more.
            asyncio.get_running_loop().call_soon(self._listener, why)
            self._listener = None

    def _received(self) -> int:
        """Bytes; of what came as datagrams at most so many."""
        return max(self._plug.received(), self.packets() * _LARGEST_PACKET)

    def packets(self) -> int:
        return self._jitter_buffers.packets(self._description.number_of(Track.VIDEO))

    def link(self) -> LinkStatistics | None:
        return self._link_reader.read(self._description.number_of(Track.VIDEO))

    def _pull_audio(self, sink: GstApp.AppSink) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        take = sink.try_pull_sample
        first = True
        while (sample := take(0)) is not None:
            if first or self._audio_format is None:
                self._audio_format = self._same_audio(cast(Gst.Caps, sample.get_caps()))
                first = False
            units.append(unit_of(Track.AUDIO, cast(Gst.Buffer, sample.get_buffer()), True, self._audio_format))
        return units

    def _same_video(self, caps: Gst.Caps) -> VideoFormat:
        found = video_format(caps)
        return self._video_format if self._video_format == found else found

    def _same_audio(self, caps: Gst.Caps) -> AudioFormat:
        found = audio_format(caps)
        return self._audio_format if self._audio_format == found else found

    def _add_branch(self, track: Track, chain: list[Gst.Element]) -> GstApp.AppSink:
        sink = make_sink(track)
        self._pipeline.add(*chain, sink)
        self._branches[track] = chain[0]
        return sink

    # Both run on a thread of rtspsrc, once for each announced stream or new SSRC, and never for data.

    def _select_stream(self, _rtspsrc: Gst.Element, number: int, caps: Gst.Caps) -> bool:
        if self._camera.strayed_to is not None:
            return False
        return self._description.takes(number, caps)

    def _link(self, _rtspsrc: Gst.Element, pad: Gst.Pad) -> None:
        caps = pad.get_current_caps()
        media = caps.get_structure(0).get_string("media") if caps is not None else None
        first = self._branches.get(Track(media)) if media else None
        target = first.get_static_pad("sink") if first is not None else None
        if target is None:
            return
        former = target.get_peer()
        if former is not None:  # the camera goes on with another SSRC
            former.unlink(target)
        pad.link(target)
        self._ssrcs.allow_next(pad)


def _filter(caps: str, name: str) -> Gst.Element:
    return make("capsfilter", name, caps=Gst.Caps.from_string(caps))


def _video_chain(codec: VideoCodec) -> list[Gst.Element]:
    parameter_sets = {} if codec is VideoCodec.MJPEG else {"config_interval": -1}
    return [
        make(_DEPAYLOADERS[codec], name_for(Role.DEPAYLOADER, Track.VIDEO)),
        make(_PARSERS[codec], name_for(Role.PARSER, Track.VIDEO), **parameter_sets),
        _filter(VIDEO_CAPS[codec], "video-format"),
    ]


def _audio_chain(codec: AudioCodec, g711: G711) -> list[Gst.Element]:
    chain = [make(_DEPAYLOADERS[codec], name_for(Role.DEPAYLOADER, Track.AUDIO))]
    if codec is AudioCodec.AAC:
        chain.append(make("aacparse", name_for(Role.PARSER, Track.AUDIO)))
        chain.append(_filter("audio/mpeg,mpegversion=4,stream-format=raw", "audio-format"))
    elif codec in _G711_DECODERS and g711 is G711.OPUS:
        chain.append(make(_G711_DECODERS[codec], f"{Role.TRANSCODER}-decoder"))
        encoder = make("opusenc", name_for(Role.TRANSCODER), bitrate=_OPUS_BITS_PER_S, complexity=0)
        Gst.util_set_object_arg(encoder, "frame-size", str(_OPUS_PACKET_MS))
        chain.append(encoder)
    return chain
