"""Pictures that begin later than the sound of their camera have the times at which they came."""

import asyncio
import itertools

import pytest

from gstnvr.gst.runtime import initialise
from gstnvr.gst.source import RtspSource
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.units import AccessUnit, AudioCodec, Track
from gstnvr.model.clock import NS_PER_S
from tests.rig.source_specs import source_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

LATE_S = (0.0, 1.5, 4.0)
"""The middle one is a delay that reports of the sender correct in rtspsrc, the last one is not."""
REPORTS_COME_S = 7.0
APART_S = 0.3
"""Pictures and sound that came together: by as much their times may differ, on a busy machine, too."""


def name(late: float) -> str:
    return f"late_{late:g}".replace(".", "_")


async def taken(url: str, seconds: float) -> list[list[AccessUnit]]:
    """What came, by pull."""
    source = RtspSource(source_spec(url, audio=AudioCodec.AAC))
    source.start(lambda _: None)
    pulls = []
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    try:
        while loop.time() < end:
            pulls.append(source.pull())
            await asyncio.sleep(0.05)
    finally:
        await source.stop(5)
    return pulls


def times(pulls: list[list[AccessUnit]], track: Track) -> list[float]:
    return [unit.pts / NS_PER_S for units in pulls for unit in units if unit.track is track]


async def all_taken(cameras: SimulatedCameras) -> dict[float, list[list[AccessUnit]]]:
    for late in LATE_S[1:]:
        cameras.control.do("video_silent", camera=name(late), seconds=late + 0.5)
    wanted = {late: taken(cameras.url(name(late)), late + REPORTS_COME_S) for late in LATE_S}
    return dict(zip(wanted, await asyncio.gather(*wanted.values()), strict=True))


@pytest.fixture(scope="module")
def pulls() -> dict[float, list[list[AccessUnit]]]:
    initialise()
    with SimulatedCameras({name(late): "pattern:90p10:h264:aac" for late in LATE_S}) as cameras:
        return asyncio.run(all_taken(cameras))


@pytest.mark.parametrize("late", LATE_S)
def test_pictures_and_sound_that_came_last_have_the_same_time(
    pulls: dict[float, list[list[AccessUnit]]], late: float
) -> None:
    video, audio = times(pulls[late], Track.VIDEO), times(pulls[late], Track.AUDIO)
    assert abs(video[-1] - audio[-1]) < APART_S


@pytest.mark.parametrize("late", LATE_S)
def test_no_picture_seems_to_be_missing(pulls: dict[float, list[list[AccessUnit]]], late: float) -> None:
    video = times(pulls[late], Track.VIDEO)
    longest = max(after - before for before, after in itertools.pairwise(video))
    assert longest < APART_S
    assert video[0] - times(pulls[late], Track.AUDIO)[0] > late - APART_S
