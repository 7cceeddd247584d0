"""A viewer over WebRTC; implemented by ``gst``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class PeerError(Exception):
    """There can be no session; the message says why."""


@dataclass(frozen=True, slots=True)
class SentTrack:
    """What is sent on one track."""

    audio: bool
    """Opus; else H.264."""
    config: bytes
    """Body of ``avcC``; of Opus nothing."""
    channels: int
    payload_type: int
    """Of RTP, as the offer numbers it."""
    parameters: str
    """As the offer has them (``a=fmtp``)."""


class SentUnit(NamedTuple):
    """One encoded picture or packet of audio."""

    audio: bool
    at: int
    """When it is shown, in nanoseconds of the monotonic clock."""
    data: bytes


class Peer(Protocol):
    """One connection to one viewer; used once and thrown away."""

    async def answer(self, offer: str) -> str:
        """The answer to a session description, with all candidates in it.

        Raises:
            PeerError: the offer cannot be answered.
        """
        ...

    @property
    def connected(self) -> bool:
        """The viewer can be sent something."""
        ...

    @property
    def gone(self) -> bool:
        """The viewer is not connected any more, or has not come."""
        ...

    def push(self, units: Sequence[SentUnit]) -> None:
        """Send it; never blocks. What cannot be sent is dropped."""
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


MakePeer = Callable[[Sequence[SentTrack]], Peer]
"""Raises ``LookupError`` if something that is needed is not installed."""
