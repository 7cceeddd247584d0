"""Messages that other programs break on: posted on the bus of a source that streams, they break nothing."""

import asyncio
import itertools
from collections.abc import Callable, Iterator

import pytest

from gstnvr.gst.runtime import Gst, initialise
from gstnvr.gst.source import RtspSource
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import Buffering, FramesDropped, MediaMessage, PipelineError, Role
from gstnvr.media.units import AccessUnit
from tests.rig.source_specs import source_spec
from tests.rig.waiting import until

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

FPS = 10


@pytest.fixture(scope="module")
def cameras() -> Iterator[SimulatedCameras]:
    with SimulatedCameras({"cam1": f"pattern:180p{FPS}"}) as running:
        yield running


def source_of(cameras: SimulatedCameras) -> RtspSource:
    initialise()
    return RtspSource(source_spec(cameras.url("cam1"), tcp_timeout_ms=5000))


def clock_lost(bin_: Gst.Bin) -> Gst.Message:
    clock = bin_.get_clock()
    assert clock is not None
    return Gst.Message.new_clock_lost(bin_, clock)


def latency_changed(bin_: Gst.Bin) -> Gst.Message:
    return Gst.Message.new_latency(bin_)


def dropped(bin_: Gst.Bin) -> Gst.Message:
    sink = bin_.get_by_name("source_sink-video")
    assert sink is not None
    return Gst.Message.new_qos(sink, True, 0, 0, 0, 40_000_000)


POSTED: dict[str, tuple[Callable[[Gst.Bin], Gst.Message], MediaMessage | None]] = {
    "clock lost": (clock_lost, None),
    "latency": (latency_changed, None),
    "buffering": (lambda bin_: Gst.Message.new_buffering(bin_, 15), Buffering(15)),
    "buffer full": (lambda bin_: Gst.Message.new_buffering(bin_, 100), Buffering(100)),
    "frame dropped": (dropped, FramesDropped(Role.SOURCE_SINK)),
}


@pytest.mark.parametrize("what", POSTED)
def test_frames_go_on_whatever_is_posted(cameras: SimulatedCameras, what: str) -> None:
    make, meaning = POSTED[what]

    async def story() -> None:
        heard: list[MediaMessage] = []
        units: list[AccessUnit] = []
        source = source_of(cameras)
        source.start(heard.append)

        def seen(count: int) -> bool:
            units.extend(source.pull())
            return len(units) >= count

        await until(lambda: seen(FPS), 10, "a second of video")
        bin_ = source._pipeline.bin
        message = make(bin_)
        sender = message.src
        assert isinstance(sender, Gst.Element)
        sender.post_message(message)
        before = len(units)
        await until(lambda: seen(before + FPS), 10, "another second of video")
        assert (meaning is None) or meaning in heard
        assert not [one for one in heard if isinstance(one, PipelineError)]
        assert bin_.get_state(0)[1] is Gst.State.PLAYING
        steps = {later.pts - earlier.pts for earlier, later in itertools.pairwise(units)}
        assert all(90_000_000 <= step <= 110_000_000 for step in steps), "not a frame is missing"
        assert await source.stop(5)

    asyncio.run(story())


def test_latency_is_calculated_anew_when_an_element_asks_for_it(cameras: SimulatedCameras) -> None:
    async def story() -> None:
        calculated: list[object] = []

        def calculate(bin_: Gst.Bin) -> bool:
            calculated.append(bin_)
            return True

        source = source_of(cameras)
        source.start(lambda message: None)
        await until(source.pull, 10, "video")
        bin_ = source._pipeline.bin
        bin_.connect("do-latency", calculate)
        bin_.post_message(Gst.Message.new_latency(bin_))
        await until(lambda: calculated, 5, "the calculation")
        assert await source.stop(5)

    asyncio.run(story())
