"""What an rtspsrc takes of a description: one track of each kind, and nothing of what is beyond all measure.

The probe has seen a description that was all right; a hostile camera gives the source another one. rtspsrc would
set up thousands of tracks, and spend minutes on hundreds of thousands of attributes, without ever looking up.
"""

from collections.abc import Mapping

from gstnvr.gst.runtime import Gst, GstSdp
from gstnvr.media.units import AudioCodec, Track, VideoCodec

MOST_MEDIA = 64
MOST_ATTRIBUTES = 1000
_NOT_RTP = "none"
_ENCODINGS = {
    VideoCodec.H264: "H264",
    VideoCodec.H265: "H265",
    VideoCodec.MJPEG: "JPEG",
    AudioCodec.AAC: "MPEG4-GENERIC",
    AudioCodec.PCMA: "PCMA",
    AudioCodec.PCMU: "PCMU",
    AudioCodec.OPUS: "OPUS",
}


class Description:
    """For one session; its methods run on a thread of rtspsrc, while it connects."""

    def __init__(self, rtspsrc: Gst.Element, video: VideoCodec, audio: AudioCodec | None) -> None:
        self._wanted: Mapping[str, str] = {Track.VIDEO: _ENCODINGS[video]}
        if audio is not None:
            self._wanted |= {Track.AUDIO: _ENCODINGS[audio]}
        self._numbers: dict[str, int] = {}
        self.excessive = False
        """Nothing of it was taken."""
        self._other_codec = False
        rtspsrc.connect("on-sdp", self._look)

    def number_of(self, track: Track) -> int | None:
        """Which of the tracks described was chosen, from 0; None: none yet."""
        return self._numbers.get(track)

    @property
    def has_other_codec(self) -> bool:
        """There is video, and none of the codec that the probe has seen."""
        return self._other_codec and Track.VIDEO not in self._numbers

    def takes(self, number: int, caps: Gst.Caps) -> bool:
        """Whether this is the first track of the kind and codec that are wanted."""
        structure = caps.get_structure(0)
        media, encoding = structure.get_string("media") or "", structure.get_string("encoding-name") or ""
        if self._wanted.get(media) != encoding.upper():
            self._other_codec |= media == Track.VIDEO
            return False
        return self._numbers.setdefault(media, number) == number

    def _look(self, _rtspsrc: Gst.Element, description: GstSdp.SDPMessage) -> None:
        media = [description.get_media(number) for number in range(min(description.medias_len(), MOST_MEDIA))]
        attributes = description.attributes_len() + sum(one.attributes_len() for one in media)
        if description.medias_len() <= MOST_MEDIA and attributes <= MOST_ATTRIBUTES:
            return
        self.excessive = True
        for number in range(description.medias_len()):
            description.get_media(number).set_proto(_NOT_RTP)
