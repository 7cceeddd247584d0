"""GStreamer as the recorder sees it."""

from gstnvr.gst.runtime import initialise
from gstnvr.gst.source import RtspSource
from gstnvr.gst.writer import SegmentWriter
from gstnvr.media.pipelines import Source, SourceSpec, Writer, WriterSpec


class GstMedia:
    """Implements ``media.pipelines.MediaFactory``."""

    def __init__(self) -> None:
        """Load GStreamer.

        Raises:
            MissingGStreamer: it is not installed.
        """
        initialise()

    def source(self, spec: SourceSpec) -> Source:
        return RtspSource(spec)

    def writer(self, spec: WriterSpec) -> Writer:
        return SegmentWriter(spec)
