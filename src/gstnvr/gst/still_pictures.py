"""Single pictures of a video file, decoded and made small."""

from pathlib import Path

from gstnvr.gst.runtime import Gst, initialise
from gstnvr.media.stills import NoPictureError

_WAIT_NS = 20 * 1_000_000_000


class StillPictures:
    """Implements ``media.stills.Stills``."""

    def __init__(self, path: Path, width: int) -> None:
        """Open it.

        Args:
            width: of the pictures, in points.

        Raises:
            NoPictureError: it cannot be decoded.
        """
        initialise()
        self._pipeline = Gst.Pipeline()
        source = _element("filesrc", location=str(path))
        decoder = _element("decodebin")
        self._convert = Gst.parse_bin_from_description(
            "videoconvert ! videoscale add-borders=false ! "
            f"video/x-raw,width={width},pixel-aspect-ratio=1/1 ! jpegenc quality=75 ! "
            "appsink name=still sync=false max-buffers=1",
            True,
        )
        sink = self._convert.get_by_name("still")
        assert sink is not None
        self._sink = sink
        for element in (source, decoder, self._convert):
            self._pipeline.add(element)
        source.link(decoder)
        decoder.connect("pad-added", self._link)
        self._pipeline.set_state(Gst.State.PAUSED)
        self._wait()

    def _link(self, _decoder: Gst.Element, pad: Gst.Pad) -> None:
        caps = pad.get_current_caps()
        entry = self._convert.get_static_pad("sink")
        if caps is not None and caps.get_structure(0).get_name() == "video/x-raw" and entry is not None:
            pad.link(entry)

    def _wait(self) -> None:
        bus = self._pipeline.get_bus()
        kinds = Gst.MessageType.ASYNC_DONE | Gst.MessageType.ERROR | Gst.MessageType.EOS
        message = bus.timed_pop_filtered(_WAIT_NS, kinds)
        if message is None:
            raise NoPictureError("the decoder does not answer")
        if message.type == Gst.MessageType.ERROR:
            raise NoPictureError(message.parse_error()[0].message)
        if message.type == Gst.MessageType.EOS:
            raise NoPictureError("no picture can be decoded")

    def at(self, nanoseconds: int) -> bytes:
        self._pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.ACCURATE, nanoseconds)
        self._wait()
        sample = self._sink.emit("try-pull-preroll", _WAIT_NS)
        if sample is None:
            raise NoPictureError("no picture can be decoded there")
        buffer = sample.get_buffer()
        data = buffer.extract_dup(0, buffer.get_size())
        assert isinstance(data, bytes)
        return data

    def close(self) -> None:
        self._pipeline.set_state(Gst.State.NULL)


def _element(factory: str, **properties: object) -> Gst.Element:
    element = Gst.ElementFactory.make(factory)
    if element is None:
        raise NoPictureError(f"GStreamer element {factory} is missing")
    for name, value in properties.items():
        element.set_property(name, value)
    return element
