"""What a source says about its packets is what a simulated camera did to them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from gstnvr.gst.runtime import initialise
from gstnvr.gst.source import RtspSource
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.link import LinkStatistics
from gstnvr.media.pipelines import SourceSpec
from gstnvr.media.units import AudioCodec, Track, VideoCodec
from gstnvr.model.choices import Transport
from tests.rig.waiting import until

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

PACKETS = 300
LATENCY_S = 0.2
NAMES = ("udp", "tcp", "doubled", "refused", "steady", "slow", "fast")


@pytest.fixture(scope="module")
def cameras() -> Iterator[SimulatedCameras]:
    with SimulatedCameras(dict.fromkeys(NAMES, "pattern:180p25:h264:aac")) as running:
        yield running


@asynccontextmanager
async def playing(cameras: SimulatedCameras, name: str, transport: Transport) -> AsyncIterator[RtspSource]:
    initialise()
    source = RtspSource(
        SourceSpec(
            url=cameras.url(name),
            username=None,
            password=None,
            transport=transport,
            latency_ms=round(LATENCY_S * 1000),
            tcp_timeout_ms=10_000,
            keepalive_s=5,
            video=VideoCodec.H264,
            audio=AudioCodec.AAC,
        )
    )
    source.start(lambda _: None)
    try:
        await until(source.pull, what="first picture")
        yield source
    finally:
        await source.stop(5)


def seen(source: RtspSource) -> LinkStatistics:
    source.pull()
    link = source.link()
    assert link is not None
    return link


async def after(source: RtspSource, packets: int) -> None:
    wanted = seen(source).packets.received + packets
    await until(lambda: seen(source).packets.received >= wanted, 30, what="packets")


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_what_is_lost_is_told_to_the_packet(cameras: SimulatedCameras, transport: Transport) -> None:
    name = transport.value

    async def scenario() -> tuple[LinkStatistics, int]:
        async with playing(cameras, name, transport) as source:
            cameras.control.do("loss", name, 0.1)
            await after(source, PACKETS)
            cameras.control.clear(name, "loss")
            dropped = cameras.control.status().cameras[name].packets_dropped
            # What never came counts as lost when it can be of no more use.
            await until(lambda: seen(source).packets.lost >= dropped, what=f"{dropped} lost packets")
            await after(source, PACKETS // 10)
            return seen(source), dropped

    link, dropped = asyncio.run(scenario())
    print(f"{name}: dropped {dropped}, told {link}")
    assert link.udp == (transport is Transport.UDP)
    assert link.packets.lost == dropped > 0
    assert link.packets.loss == pytest.approx(0.1, abs=0.06)
    assert (link.packets.late, link.packets.duplicate) == (0, 0)


def test_doubled_and_reordered_packets_are_no_loss(cameras: SimulatedCameras) -> None:
    async def scenario() -> LinkStatistics:
        async with playing(cameras, "doubled", Transport.UDP) as source:
            cameras.control.do("duplicate", "doubled", 0.2)
            cameras.control.do("reorder", "doubled", 0.2)
            await after(source, PACKETS)
            return seen(source)

    link = asyncio.run(scenario())
    print(link)
    assert link.packets.lost == 0
    assert link.packets.duplicate + link.packets.late > PACKETS * 0.05


def test_a_fall_back_to_tcp_is_told(cameras: SimulatedCameras) -> None:
    async def scenario() -> LinkStatistics:
        cameras.control.do("transport_refused", "refused", "udp")
        async with playing(cameras, "refused", Transport.UDP) as source:
            return seen(source)

    assert not asyncio.run(scenario()).udp


def test_a_camera_that_keeps_time_has_little_jitter_and_loses_nothing(cameras: SimulatedCameras) -> None:
    async def scenario() -> LinkStatistics:
        async with playing(cameras, "steady", Transport.UDP) as source:
            await after(source, PACKETS // 2)
            return seen(source)

    link = asyncio.run(scenario())
    print(link)
    assert 0 < link.jitter_s < 0.02
    assert link.packets.lost == 0


async def watch(source: RtspSource, seconds: float) -> float:
    """Longest time without a picture, in seconds, of the second half."""
    loop = asyncio.get_running_loop()
    begin = last = loop.time()
    longest = 0.0
    while (now := loop.time()) < begin + seconds:
        if any(unit.track is Track.VIDEO for unit in source.pull()):
            longest = max(longest, now - last) if now > begin + seconds / 2 else 0.0
            last = now
        await asyncio.sleep(0.02)
    return longest


def test_a_camera_whose_clock_is_slow_does_not_lose_what_was_overtaken(cameras: SimulatedCameras) -> None:
    async def scenario() -> LinkStatistics:
        async with playing(cameras, "slow", Transport.UDP) as source:
            cameras.control.do("clock", "slow", 0.97)
            cameras.control.do("reorder", "slow", 0.2)
            await watch(source, 9)
            return seen(source)

    assert asyncio.run(scenario()).packets.lost == 0


@pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])
def test_a_camera_whose_clock_is_fast_is_not_held_up_by_lost_packets(
    cameras: SimulatedCameras, transport: Transport
) -> None:
    async def scenario() -> float:
        cameras.control.clear("fast")
        async with playing(cameras, "fast", transport) as source:
            cameras.control.do("clock", "fast", 1.4)
            cameras.control.do("loss", "fast", 0.02)
            return await watch(source, 9)

    longest = asyncio.run(scenario())
    print(f"longest without a picture: {longest:.2f} s")
    assert longest < 1.2
