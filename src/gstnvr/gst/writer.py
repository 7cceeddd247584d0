"""One segment file: appsrc for each track, a muxer, and a descriptor that somebody else opened."""

from collections import deque
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
        self._all_inputs: list[_Input] = []
        """Also those that have ended: what they hold is needed until the pipeline is gone."""
        self._muxer = _muxer(spec)
        # No clock, no preroll: what is pushed is written. fdsink does not buffer, so that what the muxer
        # has let go of is in the file and can be read by others.
        sink = make("fdsink", name_for(Role.FILE_SINK), fd=spec.fd, sync=False, async_=False)
        self._pipeline.add(self._muxer, sink)
        self._inputs: dict[Track, _Input] = {Track.VIDEO: self._add_input(Track.VIDEO, spec.video)}
        if spec.audio is not None:
            self._inputs[Track.AUDIO] = self._add_input(Track.AUDIO, spec.audio)

    def _add_input(self, track: Track, form: VideoFormat | AudioFormat) -> "_Input":
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
        self._all_inputs.append(_Input(cast(GstApp.AppSrc, source)))
        return self._all_inputs[-1]

    def start(self, listener: Listener) -> None:
        self._pipeline.play(listener)

    def push(self, units: Sequence[AccessUnit]) -> None:
        for track, source in self._inputs.items():
            mine = [unit for unit in units if unit.track is track]
            if mine:
                source.push(mine)

    def end_audio(self) -> None:
        source = self._inputs.pop(Track.AUDIO, None)
        if source is not None:
            source.end()

    def backlog_bytes(self) -> int:
        return sum(source.backlog_bytes() for source in self._inputs.values())

    async def finish(self, timeout_s: float) -> bool:
        for source in self._inputs.values():
            source.end()
        self._inputs = {}
        if not await self._pipeline.drained(timeout_s):
            return False
        return await self._pipeline.release(timeout_s)

    async def discard(self, timeout_s: float) -> bool:
        self._inputs = {}
        return await self._pipeline.release(timeout_s)


class _Input:
    """One appsrc, and the batches that it may still look at.

    appsrc copies a batch that somebody else holds as well, lets go of it, and then reads it once more. If it goes
    away at that moment, the process crashes. So batches are held until appsrc is done with them.
    """

    def __init__(self, source: GstApp.AppSrc) -> None:
        self._source = source
        self._pushed_bytes = 0
        self._held: deque[tuple[int, Gst.BufferList]] = deque()
        """Each with the bytes that had been pushed with it."""

    def push(self, units: Sequence[AccessUnit]) -> None:
        """Hand on all in one call, with one wake-up: one by one, they cost a tenth of a recorder's CPU more."""
        taken_bytes = self._pushed_bytes - self.backlog_bytes()
        # The one that was taken last may still be looked at; with it, appsrc is done with those before it.
        while len(self._held) > 1 and self._held[1][0] <= taken_bytes:
            self._held.popleft()
        batch = Gst.BufferList.new_sized(len(units))
        for unit in units:
            batch.insert(-1, cast(Gst.Buffer, unit.payload))
            self._pushed_bytes += unit.size
        self._held.append((self._pushed_bytes, batch))
        self._source.push_buffer_list(batch)

    def backlog_bytes(self) -> int:
        return self._source.get_current_level_bytes()

    def end(self) -> None:
        self._source.end_of_stream()


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
