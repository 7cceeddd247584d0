"""What a source says about its packets is what a simulated camera did to them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from gstnvr.gst.runtime import initialise
from gstnvr.gst.source import RtspSource
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.link import LinkStatistics
from gstnvr.media.units import AudioCodec, Track
from gstnvr.model.choices import Transport
from tests.rig.source_specs import source_spec
from tests.rig.waiting import until

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

PACKETS = 300
SECONDS = 10.0
LOST = ("lost_by_udp", Transport.UDP), ("lost_by_tcp", Transport.TCP)
HURRYING = ("hurrying_by_udp", Transport.UDP), ("hurrying_by_tcp", Transport.TCP)
NAMES = (*(name for name, _ in (*LOST, *HURRYING)), "doubled", "refused", "steady", "slow")


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of one camera's packets."""

    link: LinkStatistics
    dropped: int = 0
    """By the camera, as it says itself."""
    longest_s: float = 0.0
    """Without a picture, once all had come to rest."""


@asynccontextmanager
async def playing(cameras: SimulatedCameras, name: str, transport: Transport) -> AsyncIterator[RtspSource]:
    source = RtspSource(source_spec(cameras.url(name), transport=transport, audio=AudioCodec.AAC))
    source.start(lambda _: None)
    try:
        await until(source.pull, 30, what="first picture")
        yield source
    finally:
        await source.stop(5)


def look(source: RtspSource) -> LinkStatistics:
    source.pull()
    link = source.link()
    assert link is not None
    return link


async def after(source: RtspSource, packets: int) -> None:
    wanted = look(source).packets.received + packets
    await until(lambda: look(source).packets.received >= wanted, 30, what="packets")


async def longest_pause(source: RtspSource, seconds: float) -> float:
    """Without a picture, in seconds, in the second half of this time."""
    loop = asyncio.get_running_loop()
    begin = last = loop.time()
    longest = 0.0
    while (now := loop.time()) < begin + seconds:
        if any(unit.track is Track.VIDEO for unit in source.pull()):
            longest = max(longest, now - last) if now > begin + seconds / 2 else 0.0
            last = now
        await asyncio.sleep(0.02)
    return longest


async def lose(cameras: SimulatedCameras, name: str, transport: Transport) -> Seen:
    async with playing(cameras, name, transport) as source:
        cameras.control.do("loss", name, 0.1)
        await after(source, PACKETS)
        cameras.control.clear(name, "loss")
        dropped = cameras.control.status().cameras[name].packets_dropped
        # What never came counts as lost when it can be of no more use.
        await until(lambda: look(source).packets.lost >= dropped, what=f"{dropped} lost packets")
        await after(source, PACKETS // 10)
        return Seen(look(source), dropped)


async def misbehave(
    cameras: SimulatedCameras, name: str, transport: Transport, orders: Mapping[str, float | str], seconds: float
) -> Seen:
    if "transport_refused" in orders:
        cameras.control.do("transport_refused", name, orders["transport_refused"])
    async with playing(cameras, name, transport) as source:
        for what, value in orders.items():
            cameras.control.do(what, name, value)
        longest_s = await longest_pause(source, seconds)
        return Seen(look(source), longest_s=longest_s)


async def all_at_once(cameras: SimulatedCameras) -> dict[str, Seen]:
    initialise()
    reorder = {"reorder": 0.2}
    runs = {name: lose(cameras, name, transport) for name, transport in LOST} | {
        "doubled": misbehave(cameras, "doubled", Transport.UDP, {"duplicate": 0.2} | reorder, 6),
        "refused": misbehave(cameras, "refused", Transport.UDP, {"transport_refused": "udp"}, 0.5),
        "steady": misbehave(cameras, "steady", Transport.UDP, {}, 3),
        "slow": misbehave(cameras, "slow", Transport.UDP, {"clock": 0.97} | reorder, SECONDS),
    }
    for name, transport in HURRYING:
        runs[name] = misbehave(cameras, name, transport, {"clock": 1.4, "loss": 0.02}, SECONDS)
    return dict(zip(runs, await asyncio.gather(*runs.values()), strict=True))


@pytest.fixture(scope="module")
def seen() -> Mapping[str, Seen]:
    with SimulatedCameras(dict.fromkeys(NAMES, "pattern:180p25:h264:aac")) as cameras:
        return asyncio.run(all_at_once(cameras))


@pytest.mark.parametrize(("name", "transport"), LOST)
def test_what_is_lost_is_told_to_the_packet(name: str, transport: Transport, seen: Mapping[str, Seen]) -> None:
    found = seen[name]
    print(name, found)
    assert found.link.udp == (transport is Transport.UDP)
    assert found.link.packets.lost == found.dropped > 0
    assert found.link.packets.loss == pytest.approx(0.1, abs=0.06)
    assert (found.link.packets.late, found.link.packets.duplicate) == (0, 0)


def test_doubled_and_reordered_packets_are_no_loss(seen: Mapping[str, Seen]) -> None:
    packets = seen["doubled"].link.packets
    print(packets)
    assert packets.lost == 0
    assert packets.duplicate + packets.late > packets.received * 0.05


def test_a_fall_back_to_tcp_is_told(seen: Mapping[str, Seen]) -> None:
    assert not seen["refused"].link.udp


def test_a_camera_that_keeps_time_has_little_jitter_and_loses_nothing(seen: Mapping[str, Seen]) -> None:
    link = seen["steady"].link
    print(link)
    assert 0 < link.jitter_s < 0.05
    assert link.packets.lost == 0


def test_a_camera_whose_clock_is_slow_does_not_lose_what_was_overtaken(seen: Mapping[str, Seen]) -> None:
    assert seen["slow"].link.packets.lost == 0


@pytest.mark.parametrize("name", [name for name, _ in HURRYING])
def test_a_camera_whose_clock_is_fast_is_not_held_up_by_lost_packets(name: str, seen: Mapping[str, Seen]) -> None:
    print(f"longest without a picture: {seen[name].longest_s:.2f} s")
    assert seen[name].link.packets.lost > 0
    assert seen[name].longest_s < 1.2
