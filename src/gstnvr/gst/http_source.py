"""One session of Motion JPEG over HTTP: souphttpsrc, multipartdemux and a parser, drained through an appsink."""

import asyncio
from typing import cast

from gstnvr import __version__
from gstnvr.gst import certificates, destinations
from gstnvr.gst.formats import VIDEO_CAPS, video_format
from gstnvr.gst.messages import name_for
from gstnvr.gst.pipeline import MissingElementError, Pipeline, make
from gstnvr.gst.runtime import Gst
from gstnvr.gst.samples import make_sink, unit_of
from gstnvr.media.link import LinkStatistics
from gstnvr.media.messages import ErrorDomain, MediaMessage, PipelineError, ResourceCode, Role, StreamCode
from gstnvr.media.pipelines import Listener, SourceSpec
from gstnvr.media.units import AccessUnit, Track, VideoCodec, VideoFormat

MOST_OF_A_PICTURE = 32 << 20
"""Bytes that may come without a picture being whole; the demuxer would collect them for ever."""

_BLOCK_BYTES = 4096
_TOO_LARGE = PipelineError(
    ErrorDomain.STREAM,
    StreamCode.DEMUX,
    Role.DEPAYLOADER,
    f"{MOST_OF_A_PICTURE >> 20} MiB and no whole picture in them",
)


class HttpSource:
    """Implements ``media.pipelines.Source``. Times are those of arrival: HTTP carries no others."""

    def __init__(self, spec: SourceSpec) -> None:
        """Build the pipeline.

        Raises:
            MissingElementError: GStreamer lacks an element, or GIO lacks TLS and the camera needs it.
        """
        if spec.url.lower().startswith("https:") and not certificates.is_available():
            raise MissingElementError("TLS")
        destinations.install()
        self._url = spec.url
        self._judge = certificates.Judge(spec.trust)
        self._pipeline = Pipeline("source")
        self._counter = make("identity", "byte-counter", silent=True, signal_handoffs=False)
        demuxer = make("multipartdemux", name_for(Role.DEPAYLOADER, Track.VIDEO), single_stream=True)
        self._parser = make("jpegparse", name_for(Role.PARSER, Track.VIDEO))
        caps = Gst.Caps.from_string(VIDEO_CAPS[VideoCodec.MJPEG])
        self._sink = make_sink(Track.VIDEO)
        self._source = _souphttpsrc(spec, self._judge)
        self._pipeline.add(self._source, self._counter, demuxer)
        self._pipeline.add(self._parser, make("capsfilter", "video-format", caps=caps), self._sink)
        demuxer.connect("pad-added", self._link_parser)
        self._listener: Listener | None = None
        self._format: VideoFormat | None = None
        self._bytes_with_last = 0
        self._given_up = False

    def start(self, listener: Listener) -> None:
        self._listener = listener
        destinations.allow(self._url)
        self._pipeline.play(self._hear)

    async def stop(self, timeout_s: float) -> bool:
        self._listener = None
        try:
            return await self._pipeline.release(timeout_s)
        finally:
            destinations.forbid(self._url)

    def pull(self) -> list[AccessUnit]:
        # It reads into ever larger blocks after a burst, and each picture would keep a whole one in memory.
        self._source.set_property("blocksize", _BLOCK_BYTES)
        units: list[AccessUnit] = []
        take = self._sink.try_pull_sample
        while (sample := take(0)) is not None:
            form = self._format = self._same_format(cast(Gst.Caps, sample.get_caps()))
            units.append(unit_of(Track.VIDEO, cast(Gst.Buffer, sample.get_buffer()), True, form))
        if self._judge.refusal is not None:
            self._give_up(_not_trusted(self._judge.refusal))
            return []
        if units:
            self._bytes_with_last = self.packets()
        elif self.packets() - self._bytes_with_last > MOST_OF_A_PICTURE:
            self._give_up(_TOO_LARGE)
        return units

    def link(self) -> LinkStatistics | None:
        return None

    def packets(self) -> int:
        return cast(Gst.Structure, self._counter.get_property("stats")).get_uint64("num-bytes")[1]

    def _same_format(self, caps: Gst.Caps) -> VideoFormat:
        found = video_format(caps)
        return self._format if self._format == found else found

    def _hear(self, message: MediaMessage) -> None:
        refusal = self._judge.refusal
        if refusal is not None and isinstance(message, PipelineError) and message.fatal:
            message = _not_trusted(refusal)
        self._tell(message)

    def _give_up(self, error: PipelineError) -> None:
        if not self._given_up:
            self._given_up = True
            # Not now: whoever hears it may pull once more.
            asyncio.get_running_loop().call_soon(self._tell, error)

    def _tell(self, message: MediaMessage) -> None:
        if self._listener is not None:
            self._listener(message)

    # On the thread of souphttpsrc, once.

    def _link_parser(self, _demuxer: Gst.Element, pad: Gst.Pad) -> None:
        target = self._parser.get_static_pad("sink")
        if target is not None and not target.is_linked():
            pad.link(target)


def _souphttpsrc(spec: SourceSpec, judge: certificates.Judge) -> Gst.Element:
    source = make(
        "souphttpsrc",
        name_for(Role.SOURCE),
        location=spec.url,
        is_live=True,
        do_timestamp=True,
        # Who tries again, and when, is decided elsewhere; so is how long silence is borne.
        retries=0,
        timeout=0,
        automatic_redirect=False,
        keep_alive=False,
        iradio_mode=False,
        # None, whatever the environment says.
        proxy="",
        user_agent=f"gstnvr/{__version__}",
        tls_database=certificates.Vouching(judge),
    )
    if spec.username is not None:
        source.set_property("user-id", spec.username)
        source.set_property("user-pw", spec.password or "")
    return source


def _not_trusted(refusal: str) -> PipelineError:
    text = f"certificate refused: {refusal}"
    return PipelineError(ErrorDomain.RESOURCE, ResourceCode.OPEN_READ_WRITE, Role.SOURCE, text)
