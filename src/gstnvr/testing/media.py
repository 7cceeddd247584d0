"""Cameras, sources and writers without GStreamer and without a network; the bytes on disk are real."""

import asyncio
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gstnvr.media.link import LinkStatistics
from gstnvr.media.messages import EndOfStream, MediaMessage, PipelineError, PlayAnswered
from gstnvr.media.pipelines import Listener, Source, SourceSpec, UnitReader, Writer, WriterSpec
from gstnvr.media.units import (
    AccessUnit,
    AudioCodec,
    AudioFormat,
    EncodedBytes,
    Track,
    VideoCodec,
    VideoFormat,
)
from gstnvr.model.clock import NS_PER_S, Clock
from gstnvr.testing.writer import FakeWriter, WriteFaults

SMALLEST_UNIT = 9
SET_UP_WITHIN_S = 0.1
"""A picture at least is missing at the beginning, as with every camera."""


def fake_video(codec: VideoCodec = VideoCodec.H264, width: int = 1280, height: int = 720) -> VideoFormat:
    """A format of the fake media."""
    return VideoFormat(codec, width, height, (codec, width, height))


def fake_audio(codec: AudioCodec = AudioCodec.AAC, sample_rate: int = 16_000) -> AudioFormat:
    """A format of the fake media."""
    return AudioFormat(codec, sample_rate, 1, (codec, sample_rate))


def fake_payload(number: int, size: int, codec: VideoCodec | AudioCodec = VideoCodec.H264) -> bytes:
    """An access unit that carries its number; it passes for a NAL unit with its length in front, or for JPEG."""
    start = b"\xff\xd8\xff\xe0" if codec is VideoCodec.MJPEG else (size - 4).to_bytes(4, "big")
    return start + struct.pack(">BI", 0x65, number) + b"\xaa" * (size - SMALLEST_UNIT)


def number_in(payload: bytes) -> int:
    """The number that ``fake_payload`` was made with."""
    return int(struct.unpack_from(">IBI", payload)[2])


@dataclass(slots=True)
class FakeCamera:
    """Plays for ever, also while nobody watches; what is public may be changed at any time."""

    clock: Clock
    video: VideoFormat
    audio: AudioFormat | None = None
    fps: int = 10
    key_every: int = 10
    packets_per_s: int = 10
    """Of audio."""
    unit_bytes: int = 400
    refusal: PipelineError | None = None
    """What a new session is told instead of media."""
    mute: bool = False
    """Nothing is sent; what would have been sent is lost."""
    late: bool = False
    """Nothing arrives; all of it comes once this is over."""
    trickle: bool = False
    """Packets come, but no access unit is whole; all of it comes once this is over."""
    audio_mute: bool = False
    hangs: bool = False
    """A session does not stop."""
    failure: Exception | None = None
    """Raised by the next pull, once."""
    link: LinkStatistics | None = None
    """What became of the packets of its session."""
    _listeners: list[Listener] = field(default_factory=list)

    def close(self) -> None:
        """End all sessions as a camera does that is switched off."""
        self.tell(EndOfStream())

    def tell(self, message: MediaMessage) -> None:
        """Let all sessions hear something."""
        for listener in tuple(self._listeners):
            listener(message)

    def attach(self, listener: Listener) -> Callable[[], None]:
        """Let a session hear what this camera tells; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def video_number(self) -> int:
        """Of the picture that is being taken now."""
        return int(self.clock.monotonic() * self.fps)

    def audio_number(self) -> int:
        """Of the packet that is being recorded now."""
        return int(self.clock.monotonic() * self.packets_per_s)

    def picture(self, number: int, pts: int) -> AccessUnit:
        """One picture."""
        return AccessUnit(
            track=Track.VIDEO,
            pts=pts,
            duration=NS_PER_S // self.fps,
            size=self.unit_bytes,
            key=number % self.key_every == 0 or self.video.codec is VideoCodec.MJPEG,
            payload=fake_payload(number, self.unit_bytes, self.video.codec),
            format=self.video,
        )

    def packet(self, number: int, pts: int, form: AudioFormat) -> AccessUnit:
        """One packet of audio."""
        size = SMALLEST_UNIT
        return AccessUnit(
            Track.AUDIO, pts, NS_PER_S // self.packets_per_s, size, True, fake_payload(number, size), form
        )


class FakeSource:
    """Implements ``media.pipelines.Source``: what the camera's clock says has come since the last pull."""

    def __init__(self, camera: FakeCamera, spec: SourceSpec) -> None:
        self.spec = spec
        self._camera = camera
        self._detach: Callable[[], None] | None = None
        self._plays = False
        self._began_ns = 0
        self._next_video = 0
        self._next_audio = 0
        self._pieces = 0

    def start(self, listener: Listener) -> None:
        camera = self._camera
        self._detach = camera.attach(listener)
        asyncio.get_running_loop().call_later(SET_UP_WITHIN_S, self._answer, listener)

    def _answer(self, listener: Listener) -> None:
        if self._detach is None:
            return
        camera = self._camera
        self._plays = camera.refusal is None
        self._began_ns = int(camera.clock.monotonic() * NS_PER_S)
        self._next_video, self._next_audio = camera.video_number() + 1, camera.audio_number() + 1
        listener(camera.refusal or PlayAnswered())

    def pull(self) -> list[AccessUnit]:
        camera = self._camera
        if camera.failure is not None:
            failure, camera.failure = camera.failure, None
            raise failure
        if self._detach is None or not self._plays or camera.late or camera.trickle:
            return []
        units = [*self._pictures(), *self._packets()]
        return [] if camera.mute else units

    def packets(self) -> int:
        camera = self._camera
        sends = not (camera.mute or camera.late) or camera.trickle
        self._pieces = camera.video_number() if sends else self._pieces
        return self._pieces

    def link(self) -> LinkStatistics | None:
        return self._camera.link if self._detach is not None else None

    async def stop(self, timeout_s: float) -> bool:
        if self._detach is not None:
            self._detach()
            self._detach = None
        if self._camera.hangs:
            await asyncio.sleep(timeout_s)
            return False
        return True

    def _pictures(self) -> Iterator[AccessUnit]:
        camera = self._camera
        end = camera.video_number() + 1
        for number in range(self._next_video, end):
            yield camera.picture(number, number * NS_PER_S // camera.fps - self._began_ns)
        self._next_video = max(self._next_video, end)

    def _packets(self) -> Iterator[AccessUnit]:
        camera = self._camera
        end = camera.audio_number() + 1
        if camera.audio is not None and self.spec.audio is not None and not camera.audio_mute:
            for number in range(self._next_audio, end):
                pts = number * NS_PER_S // camera.packets_per_s - self._began_ns
                yield camera.packet(number, pts, camera.audio)
        self._next_audio = max(self._next_audio, end)


class FakeReader:
    """Implements ``media.pipelines.UnitReader``: pictures are decoded when they are shown."""

    def read(self, unit: AccessUnit) -> EncodedBytes:
        assert isinstance(unit.payload, bytes)
        return EncodedBytes(unit.payload, unit.pts)

    def config(self, form: VideoFormat | AudioFormat) -> bytes:
        return f"config of {form.codec}".encode()


class FakeMedia:
    """Implements ``media.pipelines.MediaFactory`` for the cameras that were added, by URL."""

    def __init__(self) -> None:
        self.cameras: dict[str, FakeCamera] = {}
        self.faults = WriteFaults()
        """Of every writer."""
        self.missing: str | None = None
        """An element that is not installed."""
        self.sources: list[FakeSource] = []
        self.writers: list[FakeWriter] = []

    def reader(self) -> UnitReader:
        return FakeReader()

    def source(self, spec: SourceSpec) -> Source:
        self._check_installed()
        self.sources.append(FakeSource(self.cameras[spec.url], spec))
        return self.sources[-1]

    def writer(self, spec: WriterSpec) -> Writer:
        self._check_installed()
        self.writers.append(FakeWriter(spec, self.faults))
        return self.writers[-1]

    def _check_installed(self) -> None:
        if self.missing is not None:
            raise LookupError(f"no element {self.missing!r}")
