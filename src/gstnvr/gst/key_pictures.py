"""A decoder that is kept warm: key frames go in, small JPEG pictures come out, one for one."""

import threading
import time
from dataclasses import dataclass
from typing import cast

from gstnvr.gst.runtime import Gst, GstApp, initialise
from gstnvr.media.key_pictures import EncodedVideo
from gstnvr.media.stills import NoPictureError
from gstnvr.media.units import VideoCodec

DECODE_TIMEOUT_S = 5.0
_LOOK_S = 0.05
_UNTIL_GIVEN_OUT = 3
"""Times."""
_CAPS = {
    VideoCodec.H264: "video/x-h264,stream-format=avc,alignment=au",
    VideoCodec.H265: "video/x-h265,stream-format=hvc1,alignment=au",
    VideoCodec.MJPEG: "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Decoder:
    """One way to decode a codec."""

    element: str
    description: str
    """Of the elements from the encoded picture to the decoded one; one thread, as there is one picture."""
    again: bool = True
    """After a still frame it lets go of its picture at once, and takes the next one."""


DECODERS = {
    VideoCodec.H264: (
        Decoder("avdec_h264", "avdec_h264 max-threads=1"),
        Decoder("openh264dec", "h264parse ! openh264dec"),
    ),
    VideoCodec.H265: (
        Decoder("avdec_h265", "avdec_h265 max-threads=1"),
        Decoder("libde265dec", "h265parse ! libde265dec max-threads=1", again=False),
    ),
    VideoCodec.MJPEG: (Decoder("jpegdec", "jpegdec"),),
}
"""The best first."""


class WarmDecoder:
    """Implements ``media.key_pictures.KeyPictures``."""

    def __init__(self, video: EncodedVideo, width: int) -> None:
        """Build the pipeline.

        Raises:
            NoPictureError: an element is missing.
        """
        initialise()
        self._decoder = _decoder_of(video.codec)
        description = (
            f"appsrc name=in format=time ! {self._decoder.description} ! videoscale add-borders=false ! "
            f"video/x-raw,width={min(width, video.width or width)},pixel-aspect-ratio=1/1 ! videoconvert ! "
            "jpegenc name=encoder quality=75 ! appsink name=out sync=false async=false enable-last-sample=false"
        )
        self._pipeline = cast(Gst.Pipeline, Gst.parse_launch(description))
        self._in = cast(GstApp.AppSrc, self._pipeline.get_by_name("in"))
        self._out = cast(GstApp.AppSink, self._pipeline.get_by_name("out"))
        self._in.set_property("caps", _caps_of(video))
        self._pushed = 0
        self._through = threading.Event()
        encoder_input = _sink_of(self._pipeline, "encoder")
        encoder_input.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, self._note_end)
        self._pipeline.set_state(Gst.State.PLAYING)

    def picture(self, key_frame: bytes) -> bytes:
        # Within an open group of pictures a key frame is no fresh start to H.264 decoders: they give it out only
        # when they have seen it again.
        jpeg = self._decode(key_frame) or self._decode(key_frame, times=_UNTIL_GIVEN_OUT)
        if jpeg is None:
            raise NoPictureError("the key frame cannot be decoded")
        return jpeg

    def _decode(self, key_frame: bytes, times: int = 1) -> bytes | None:
        for _ in range(times):
            buffer = Gst.Buffer.new_wrapped(key_frame)
            buffer.pts = buffer.dts = self._pushed * Gst.SECOND
            self._pushed += 1
            self._in.push_buffer(buffer)
        # Without a word that no more comes for now, decoders keep a picture until they have seen some later ones.
        if self._decoder.again:
            self._in.send_event(_still_frame())
        else:
            self._in.end_of_stream()
        jpeg = self._come_out()
        if not self._decoder.again:
            self._pipeline.set_state(Gst.State.NULL)
            self._pipeline.set_state(Gst.State.PLAYING)
        return jpeg

    def _note_end(self, _pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """On the one thread on which all elements work: whatever came before has gone all the way."""
        event = info.get_event()
        if event is not None and event.type in (Gst.EventType.EOS, Gst.EventType.CUSTOM_DOWNSTREAM):
            self._through.set()
        return Gst.PadProbeReturn.OK

    def _come_out(self) -> bytes | None:
        """The picture, once all elements have handed on what they had."""
        deadline = time.monotonic() + DECODE_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._through.wait(_LOOK_S):
                self._through.clear()
                return self._newest_jpeg()
            self._raise_errors()
        raise NoPictureError("the decoder does not answer")

    def _newest_jpeg(self) -> bytes | None:
        jpeg: bytes | None = None
        while (sample := self._out.emit("try-pull-sample", 0)) is not None:
            buffer = sample.get_buffer()
            jpeg = cast(bytes, buffer.extract_dup(0, buffer.get_size()))
        return jpeg

    def _raise_errors(self) -> None:
        message = self._pipeline.get_bus().pop_filtered(Gst.MessageType.ERROR)
        if message is not None:
            raise NoPictureError(message.parse_error()[0].message)

    def close(self) -> None:
        self._pipeline.set_state(Gst.State.NULL)


def _sink_of(pipeline: Gst.Pipeline, name: str) -> Gst.Pad:
    element = pipeline.get_by_name(name)
    pad = None if element is None else element.get_static_pad("sink")
    assert pad is not None
    return pad


def _decoder_of(codec: VideoCodec) -> Decoder:
    known = DECODERS[codec]
    found = next((one for one in known if Gst.ElementFactory.find(one.element) is not None), None)
    if found is None:
        names = " or ".join(one.element for one in known)
        raise NoPictureError(f"GStreamer has no element {names}; 'gstnvr doctor' says which package has it")
    return found


def _still_frame() -> Gst.Event:
    still = Gst.Structure.new_from_string("GstEventStillFrame, still-state=(boolean)true")
    assert still is not None
    return Gst.Event.new_custom(Gst.EventType.CUSTOM_DOWNSTREAM, still)


def _caps_of(video: EncodedVideo) -> Gst.Caps:
    size = f",width={video.width},height={video.height}" if video.width and video.height else ""
    caps = Gst.Caps.from_string(_CAPS[video.codec] + size)
    assert caps is not None
    if video.config:
        caps.set_value("codec_data", Gst.Buffer.new_wrapped(video.config))
    return caps
