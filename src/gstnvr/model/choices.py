"""Choices that the user makes by setting and that the pipelines carry out."""

from enum import StrEnum


class Transport(StrEnum):
    """How RTP travels."""

    TCP = "tcp"
    UDP = "udp"
    """UDP, and TCP by itself where no UDP comes through."""
    MULTICAST = "multicast"
    """UDP to a group that the camera chooses, and TCP by itself where none comes through."""
    HTTP = "http"
    """Everything within two HTTP connections, for what lets nothing else through."""


class Route(StrEnum):
    """Which of a stream's addresses video comes from."""

    RTSP = "rtsp"
    HTTP = "http"
    """Motion JPEG over HTTP, the way out where RTSP does not work."""


class Priority(StrEnum):
    """Who is connected first where many wait."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Container(StrEnum):
    """File format of segments."""

    MP4 = "mp4"
    MKV = "mkv"


class VolumePolicy(StrEnum):
    """Which of several volumes takes the next segment."""

    FILL = "fill"
    """The first one, as long as it has room; then the next."""
    ROUND_ROBIN = "round_robin"
    """Each segment of a stream goes to the next one."""
    MIRROR = "mirror"
    """Each segment goes to two at once."""


class Tier(StrEnum):
    """What a volume is for; recordings move down as they grow old."""

    HOT = "hot"
    """Recorded to."""
    WARM = "warm"
    COLD = "cold"

    def is_below(self, other: "Tier") -> bool:
        """Whether recordings move from the other to this one."""
        return _TIERS.index(self) > _TIERS.index(other)


_TIERS = tuple(Tier)


class Audio(StrEnum):
    """What becomes of a camera's audio."""

    RECORD = "record"
    OFF = "off"


class G711(StrEnum):
    """What becomes of G.711 audio, which MP4 does not take."""

    OPUS = "opus"
    """Encoded to Opus, which MP4 takes and browsers play."""
    MKV = "mkv"
    """Kept bit for bit; the camera's segments are Matroska files, which browsers do not play."""
    DROP = "drop"
