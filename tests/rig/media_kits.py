"""Cameras and media for tests that run on the fake and on GStreamer alike."""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol, cast

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import ErrorDomain, MediaMessage, PipelineError, ResourceCode, Role
from gstnvr.media.pipelines import MediaFactory, SourceSpec
from gstnvr.media.units import AccessUnit, AudioCodec, Track, VideoCodec
from gstnvr.model.choices import Route
from gstnvr.model.clock import SystemClock
from gstnvr.testing.clock import SimulatedClock
from gstnvr.testing.media import FakeCamera, FakeMedia, fake_audio, fake_video
from tests.rig.source_specs import source_spec
from tests.rig.waiting import until

HEIGHT, FPS = 184, 10
WIDTH = 328
"""Both multiples of 8: RTP rounds those of JPEG up."""
CAMERAS: dict[str, tuple[VideoCodec, AudioCodec | None]] = {
    "h264": (VideoCodec.H264, None),
    "h265": (VideoCodec.H265, None),
    "h264_aac": (VideoCodec.H264, AudioCodec.AAC),
    "h264_pcma": (VideoCodec.H264, AudioCodec.PCMA),
    "mjpeg": (VideoCodec.MJPEG, None),
    "mjpeg_http": (VideoCodec.MJPEG, None),
}
"""By mount: what the camera sends."""
OVER_HTTP = frozenset({"mjpeg_http"})


class MediaKit(Protocol):
    """One implementation of ``media`` and cameras for it, one for each entry of ``CAMERAS``."""

    media: MediaFactory

    def spec(self, mount: str) -> SourceSpec:
        """How to connect to a camera."""
        ...

    def refuse(self, mount: str) -> None:
        """From now on the camera lets nobody in."""
        ...

    def disconnect(self, mount: str) -> None:
        """The camera ends its sessions."""
        ...

    def silence(self, mount: str) -> None:
        """The camera sends and answers nothing any more."""
        ...

    def clear(self) -> None:
        """All cameras behave again."""
        ...

    def record(self, seconds: float) -> dict[str, list[AccessUnit]]:
        """Access units of so much video of each camera, beginning with a key frame; not within a running loop."""
        ...

    def payload(self, unit: AccessUnit) -> bytes:
        """The encoded bytes."""
        ...


def _spec(url: str, mount: str) -> SourceSpec:
    video, audio = CAMERAS[mount]
    route = Route.HTTP if mount in OVER_HTTP else Route.RTSP
    return source_spec(url, tcp_timeout_ms=2000, video=video, audio=audio, route=route)


def from_first_key(units: Sequence[AccessUnit]) -> list[AccessUnit]:
    """What a recording can begin with: no picture in front of a key frame, no audio in front of that."""
    first = next((unit for unit in units if unit.key and unit.track is Track.VIDEO), None)
    if first is None:
        return []
    return [unit for unit in units if unit.pts >= first.pts]


class FakeKit:
    """The fake media, on the machine's clock."""

    def __init__(self) -> None:
        self.fake = FakeMedia()
        self.media: MediaFactory = self.fake
        for mount in CAMERAS:
            self.fake.cameras[mount] = self._camera(mount)

    @staticmethod
    def _camera(mount: str) -> FakeCamera:
        video, audio = CAMERAS[mount]
        sound = {None: None, AudioCodec.AAC: fake_audio(), AudioCodec.PCMA: fake_audio(AudioCodec.OPUS)}[audio]
        form = fake_video(video, WIDTH, HEIGHT)
        return FakeCamera(SystemClock(), form, sound, fps=FPS, key_every=FPS, unit_bytes=2000)

    def spec(self, mount: str) -> SourceSpec:
        return _spec(mount, mount)

    def refuse(self, mount: str) -> None:
        text = "Could not open resource for reading and writing."
        refusal = PipelineError(ErrorDomain.RESOURCE, ResourceCode.OPEN_READ_WRITE, Role.SOURCE, text)
        self.fake.cameras[mount].refusal = refusal

    def disconnect(self, mount: str) -> None:
        self.fake.cameras[mount].close()

    def silence(self, mount: str) -> None:
        self.fake.cameras[mount].mute = True

    def clear(self) -> None:
        for mount in CAMERAS:
            self.fake.cameras[mount] = self._camera(mount)

    def record(self, seconds: float) -> dict[str, list[AccessUnit]]:
        return {mount: asyncio.run(self._record(mount, seconds)) for mount in CAMERAS}

    async def _record(self, mount: str, seconds: float) -> list[AccessUnit]:
        camera = self._camera(mount)
        clock = SimulatedClock()
        camera.clock = clock
        self.fake.cameras["recorded"] = camera
        source = self.media.source(_spec("recorded", mount))
        answered = asyncio.Event()
        source.start(lambda _: answered.set())
        await answered.wait()
        clock.advance(seconds + 1.0)
        return from_first_key(source.pull())

    def payload(self, unit: AccessUnit) -> bytes:
        assert isinstance(unit.payload, bytes)
        return unit.payload


class GstKit:
    """GStreamer, and cameras of the simulator."""

    def __init__(self, media: MediaFactory, cameras: SimulatedCameras) -> None:
        self.media = media
        self.cameras = cameras

    @staticmethod
    def sources() -> dict[str, str]:
        """What the simulator must be started with."""
        return {
            mount: f"pattern:{HEIGHT}p{FPS}:{video}:{audio or 'none'}" for mount, (video, audio) in CAMERAS.items()
        }

    def spec(self, mount: str) -> SourceSpec:
        return _spec(self.cameras.http_url(mount) if mount in OVER_HTTP else self.cameras.url(mount), mount)

    def refuse(self, mount: str) -> None:
        self.cameras.control.do("reject", camera=mount)

    def disconnect(self, mount: str) -> None:
        self.cameras.control.do("disconnect", camera=mount, value="fin")

    def silence(self, mount: str) -> None:
        self.cameras.control.do("freeze", camera=mount)

    def clear(self) -> None:
        self.cameras.control.clear()

    def record(self, seconds: float) -> dict[str, list[AccessUnit]]:
        async def all_at_once() -> list[list[AccessUnit]]:
            return await asyncio.gather(*(self._record(mount, seconds) for mount in CAMERAS))

        return dict(zip(CAMERAS, asyncio.run(all_at_once()), strict=True))

    async def _record(self, mount: str, seconds: float) -> list[AccessUnit]:
        heard: list[MediaMessage] = []
        units: list[AccessUnit] = []
        source = self.media.source(self.spec(mount))
        source.start(heard.append)

        def enough() -> bool:
            units.extend(source.pull())
            video = [unit for unit in from_first_key(units) if unit.track is Track.VIDEO]
            return len(video) >= seconds * FPS

        await until(enough, 15, f"{seconds} s of video; heard {heard}")
        assert await source.stop(5)
        return from_first_key(units)

    def payload(self, unit: AccessUnit) -> bytes:
        data = cast(Any, unit.payload).extract_dup(0, unit.size)
        assert isinstance(data, bytes)
        return data
