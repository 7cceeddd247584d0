"""The elements of GStreamer that gstnvr uses, and the packages of Debian that have them."""

from dataclasses import dataclass
from enum import StrEnum

CORE = "libgstreamer1.0-0"
BASE = "gstreamer1.0-plugins-base"
GOOD = "gstreamer1.0-plugins-good"
BAD = "gstreamer1.0-plugins-bad"
UGLY = "gstreamer1.0-plugins-ugly"
X = "gstreamer1.0-x"
NICE = "gstreamer1.0-nice"
LIBAV = "gstreamer1.0-libav"

OLDEST_GSTREAMER = (1, 22)
"""Older ones have not been tried."""


class Purpose(StrEnum):
    """What does not work without an element."""

    RECORDING = "recording"
    AAC = "AAC audio"
    G711 = "G.711 audio"
    OPUS = "Opus audio"
    MJPEG = "Motion JPEG"
    WEBRTC = "live pictures over WebRTC"
    STILLS = "snapshots and thumbnails"
    SIMULATION = "simulated cameras with test patterns"


@dataclass(frozen=True, slots=True)
class Element:
    """One element, or several of which one is enough."""

    purpose: Purpose
    package: str
    """Of Debian 12; for several, of the first."""
    names: tuple[str, ...]

    @property
    def needed(self) -> bool:
        """Whether cameras cannot be recorded without it."""
        return self.purpose not in (Purpose.SIMULATION, Purpose.STILLS, Purpose.WEBRTC)


def _each(purpose: Purpose, package: str, *names: str) -> tuple[Element, ...]:
    return tuple(Element(purpose, package, (name,)) for name in names)


ELEMENTS = (
    *_each(Purpose.RECORDING, CORE, "capsfilter", "fdsink", "identity"),
    *_each(Purpose.RECORDING, BASE, "appsink", "appsrc"),
    *_each(
        Purpose.RECORDING,
        GOOD,
        "rtspsrc",
        "udpsrc",
        "rtpbin",
        "rtph264depay",
        "rtph265depay",
        "mp4mux",
        "matroskamux",
    ),
    *_each(Purpose.RECORDING, BAD, "h264parse", "h265parse"),
    *_each(Purpose.AAC, GOOD, "rtpmp4gdepay", "aacparse"),
    *_each(Purpose.G711, GOOD, "rtppcmadepay", "rtppcmudepay", "alawdec", "mulawdec"),
    *_each(Purpose.G711, BASE, "opusenc"),
    *_each(Purpose.OPUS, GOOD, "rtpopusdepay"),
    *_each(Purpose.MJPEG, GOOD, "rtpjpegdepay", "souphttpsrc", "multipartdemux"),
    *_each(Purpose.MJPEG, BAD, "jpegparse"),
    *_each(Purpose.WEBRTC, BAD, "webrtcbin", "dtlsenc", "srtpenc"),
    *_each(Purpose.WEBRTC, NICE, "nicesrc"),
    *_each(Purpose.WEBRTC, GOOD, "rtph264pay", "rtpopuspay", "capssetter"),
    *_each(Purpose.STILLS, BASE, "videoconvert", "videoscale"),
    *_each(Purpose.STILLS, GOOD, "jpegdec", "jpegenc"),
    Element(Purpose.STILLS, LIBAV, ("avdec_h264", "openh264dec")),
    Element(Purpose.STILLS, LIBAV, ("avdec_h265", "libde265dec")),
    *_each(Purpose.SIMULATION, BASE, "videotestsrc", "audiotestsrc"),
    *_each(Purpose.SIMULATION, X, "textoverlay"),
    *_each(Purpose.SIMULATION, GOOD, "jpegenc"),
    Element(Purpose.SIMULATION, BAD, ("openh264enc", "x264enc")),
    Element(Purpose.SIMULATION, BAD, ("x265enc",)),
    Element(Purpose.SIMULATION, BAD, ("voaacenc", "avenc_aac")),
)
