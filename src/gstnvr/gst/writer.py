"""One segment file: appsrc for each track, a muxer, and a descriptor that somebody else opened."""

from collections.abc import Sequence
from typing import cast

from gstnvr.gst.formats import native_caps
from gstnvr.gst.messages import name_for
from gstnvr.gst.pipeline import Pipeline, make
from gstnvr.gst.runtime import Gst, GstApp
from gstnvr.media.messages import Role
from gstnvr.media.pipelines import Listener, WriterSpec
from gstnvr.media.units import AccessUnit, AudioFormat, Track, VideoCodec, VideoFormat
from gstnvr.model.choices import Container

_MKV_CLUSTER_NS = 1_000_000
_QUEUE_NS = 1_000_000_000


class SegmentWriter:
    """Implements ``media.pipelines.Writer``."""

    def __init__(self, spec: WriterSpec) -> None:
        """Build the pipeline.

        Raises:
            MissingElementError: GStreamer lacks an element.
        """
        self._pipeline = Pipeline("writer")
        self._muxer = _muxer(spec)
        # No clock, no preroll: what is pushed is written. fdsink does not buffer, so that what the muxer
        # has let go of is in the file and can be read by others.
        sink = make("fdsink", name_for(Role.FILE_SINK), fd=spec.fd, sync=False, async_=False)
        self._pipeline.add(self._muxer, sink)
        self._inputs: dict[Track, GstApp.AppSrc] = {Track.VIDEO: self._add_input(Track.VIDEO, spec.video)}
        if spec.audio is not None:
            self._inputs[Track.AUDIO] = self._add_input(Track.AUDIO, spec.audio)

    def _add_input(self, track: Track, form: VideoFormat | AudioFormat) -> GstApp.AppSrc:
        source = make(
            "appsrc",
            name_for(Role.WRITER_SOURCE, track),
            caps=native_caps(form.native),
            format=Gst.Format.TIME,
            max_bytes=0,
            block=False,
        )
        self._pipeline.bin.add(source)
        if not source.link_pads("src", self._muxer, f"{track}_0"):
            raise RuntimeError(f"{self._muxer.get_name()} takes no {track}")
        return cast(GstApp.AppSrc, source)

    def start(self, listener: Listener) -> None:
        self._pipeline.play(listener)

    def push(self, units: Sequence[AccessUnit]) -> None:
        # One call and one wake-up for all: pushed one by one, they cost a tenth of a recorder's CPU more.
        for track, source in self._inputs.items():
            buffers = [cast(Gst.Buffer, unit.payload) for unit in units if unit.track is track]
            if buffers:
                source.push_buffer_list(_listed(buffers))

    def end_audio(self) -> None:
        source = self._inputs.pop(Track.AUDIO, None)
        if source is not None:
            source.end_of_stream()

    def backlog_bytes(self) -> int:
        return sum(source.get_current_level_bytes() for source in self._inputs.values())

    async def finish(self, timeout_s: float) -> bool:
        for source in self._inputs.values():
            source.end_of_stream()
        self._inputs = {}
        if not await self._pipeline.drained(timeout_s):
            return False
        return await self._pipeline.release(timeout_s)

    async def discard(self, timeout_s: float) -> bool:
        self._inputs = {}
        return await self._pipeline.release(timeout_s)


def _listed(buffers: Sequence[Gst.Buffer]) -> Gst.BufferList:
    batch = Gst.BufferList.new_sized(len(buffers))
    for buffer in buffers:
        batch.insert(-1, buffer)
    return batch


def _muxer(spec: WriterSpec) -> Gst.Element:
    if spec.container is Container.MKV:
        longest = spec.fragment_ms * _MKV_CLUSTER_NS
        return make(
            "matroskamux",
            name_for(Role.MUXER),
            offset_to_zero=True,
            # A cluster begins at every key frame unless there is a shortest length; of JPEG each is one.
            min_cluster_duration=longest if spec.video.codec is VideoCodec.MJPEG else 0,
            max_cluster_duration=longest,
        )
    # A latency lets the muxer queue what comes in one tick, which saves a change of threads for each picture; as
    # no source is live, it waits for nothing because of it.
    return make("mp4mux", name_for(Role.MUXER), fragment_duration=spec.fragment_ms, latency=_QUEUE_NS)
