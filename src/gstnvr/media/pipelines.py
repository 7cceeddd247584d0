"""What a source and a writer can do; implemented by ``gst`` and by ``testing``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gstnvr.media.link import LinkStatistics
from gstnvr.media.messages import MediaMessage
from gstnvr.media.units import (
    AccessUnit,
    AudioCodec,
    AudioFormat,
    EncodedBytes,
    VideoCodec,
    VideoFormat,
)
from gstnvr.model.choices import G711, Container, Route, Transport
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust

Listener = Callable[[MediaMessage], None]
"""Called on the asyncio thread."""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Where to connect to and what to take."""

    url: str
    """Of the route that is taken."""
    username: str | None
    password: str | None
    transport: Transport
    latency_ms: int
    tcp_timeout_ms: int
    keepalive_s: float
    video: VideoCodec
    """What the camera announced; known from the probe."""
    audio: AudioCodec | None
    g711: G711 = G711.OPUS
    trust: CertificateTrust = SYSTEM_AUTHORITIES
    local_address: str | None = None
    """Of this machine on the camera's network, where multicast comes in; None: the system chooses."""
    route: Route = Route.RTSP

    def __repr__(self) -> str:
        return f"SourceSpec({self.url!r}, {self.transport}, {self.video}, {self.audio})"


class Source(Protocol):
    """One session of one stream; used once and thrown away."""

    def start(self, listener: Listener) -> None:
        """Begin to connect; what goes wrong is told to the listener."""
        ...

    def pull(self) -> list[AccessUnit]:
        """All access units that have come since the last call; never blocks, never waits."""
        ...

    def link(self) -> LinkStatistics | None:
        """What became of the packets so far; None: nothing has come yet, or it is not RTP."""
        ...

    def packets(self) -> int:
        """How much of the video has come in pieces smaller than access units; only that it changes means anything.

        Always 0 where that cannot be told.
        """
        ...

    async def stop(self, timeout_s: float) -> bool:
        """Let go of everything; False if it hung and had to be abandoned."""
        ...


@dataclass(frozen=True, slots=True)
class WriterSpec:
    """What one segment file holds."""

    fd: int
    """Open for reading and writing, at its start; stays the caller's."""
    container: Container
    fragment_ms: int
    video: VideoFormat
    audio: AudioFormat | None


class Writer(Protocol):
    """Writes one segment; used once and thrown away."""

    def start(self, listener: Listener) -> None: ...

    def push(self, units: Sequence[AccessUnit]) -> None:
        """Hand on references, in order of arrival; never blocks. What one call hands on is taken at one go."""
        ...

    def end_audio(self) -> None:
        """No more audio will come; the file goes on with video alone."""
        ...

    def backlog_bytes(self) -> int:
        """Bytes handed on that the muxer has not taken yet; never blocks, also while a write hangs."""
        ...

    async def finish(self, timeout_s: float) -> bool:
        """End the file properly; False if that failed, with the reason told to the listener, or timed out."""
        ...

    async def discard(self, timeout_s: float) -> bool:
        """Let go without a proper end; False if it hung and had to be abandoned."""
        ...


class UnitReader(Protocol):
    """Looks into access units, for somebody who watches now; never on the record path."""

    def read(self, unit: AccessUnit) -> EncodedBytes:
        """A copy of its bytes."""
        ...

    def config(self, form: VideoFormat | AudioFormat) -> bytes:
        """What a decoder has to know: body of ``avcC`` or ``hvcC``, or an AudioSpecificConfig; else nothing."""
        ...


class MediaFactory(Protocol):
    """Makes the real thing or the fake."""

    def reader(self) -> UnitReader:
        """For access units of its sources."""
        ...

    def source(self, spec: SourceSpec) -> Source:
        """Build a source.

        Raises:
            LookupError: something that is needed is not installed.
        """
        ...

    def writer(self, spec: WriterSpec) -> Writer:
        """Build a writer.

        Raises:
            LookupError: something that is needed is not installed.
        """
        ...
