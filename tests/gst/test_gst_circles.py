"""Sources and their elements refer to each other, and are freed all the same."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.messages import MediaMessage
from gstnvr.media.pipelines import Source
from tests.rig.media_kits import GstKit
from tests.rig.waiting import until

pytestmark = pytest.mark.gst
WITHIN_S = 15.0


@pytest.fixture
def kit() -> Iterator[GstKit]:
    from gstnvr.gst.factory import GstMedia

    with SimulatedCameras(GstKit.sources(), http=True) as cameras:
        yield GstKit(GstMedia(), cameras)


@pytest.mark.parametrize("mount", ["h264_aac", "mjpeg_http"])
@pytest.mark.parametrize("hung_up", [False, True])
def test_nothing_is_left_of_a_source_that_was_stopped(kit: GstKit, mount: str, hung_up: bool) -> None:
    """A camera that is connected to again and again for years must not use up descriptors and memory."""
    heard: list[MediaMessage] = []

    async def watch() -> "weakref.ref[Source]":
        source = kit.media.source(kit.spec(mount))
        source.start(heard.append)
        await until(source.pull, WITHIN_S, "first units")
        if hung_up:
            told = len(heard)
            kit.disconnect(mount)
            await until(lambda: heard[told:], WITHIN_S, "the end of the connection")
        assert await source.stop(WITHIN_S)
        return weakref.ref(source)

    source = asyncio.run(watch())
    gc.collect()
    assert source() is None
