"""GStreamer as the recorder sees it."""

from gstnvr.gst.http_source import HttpSource
from gstnvr.gst.runtime import initialise
from gstnvr.gst.source import RtspSource
from gstnvr.gst.unit_reader import GstUnitReader
from gstnvr.gst.writer import SegmentWriter
from gstnvr.media.pipelines import Source, SourceSpec, UnitReader, Writer, WriterSpec
from gstnvr.model.choices import Route


class GstMedia:
    """Implements ``media.pipelines.MediaFactory``."""

    def __init__(self) -> None:
        """Load GStreamer.

        Raises:
            MissingGStreamer: it is not installed.
        """
        initialise()

    def reader(self) -> UnitReader:
        return GstUnitReader()

    def source(self, spec: SourceSpec) -> Source:
        return HttpSource(spec) if spec.route is Route.HTTP else RtspSource(spec)

    def writer(self, spec: WriterSpec) -> Writer:
        return SegmentWriter(spec)
