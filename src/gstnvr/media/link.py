"""What a source knows of the way between camera and recorder."""

from dataclasses import dataclass

from gstnvr.model.status import PacketCounts


@dataclass(frozen=True, slots=True)
class LinkStatistics:
    """RTP of one session so far, read now and then; nothing is counted in Python."""

    udp: bool
    """False: over TCP, where a lost packet is one that the camera never sent."""
    jitter_s: float
    """Of the video: mean deviation of the packets' arrival from their times (RFC 3550)."""
    packets: PacketCounts
    """Of video and audio together."""
