"""Each behaviour is shown on the fake and on GStreamer."""

from collections.abc import Iterator

import pytest

from gstnvr.lab.simulated_cameras import SimulatedCameras
from tests.rig.media_kits import FakeKit, GstKit, MediaKit


@pytest.fixture(scope="session")
def gst_kit() -> Iterator[GstKit]:
    from gstnvr.gst.factory import GstMedia

    with SimulatedCameras(GstKit.sources(), http=True) as cameras:
        yield GstKit(GstMedia(), cameras)


@pytest.fixture(params=["fake", pytest.param("gstreamer", marks=[pytest.mark.gst, pytest.mark.e2e])])
def kit(request: pytest.FixtureRequest) -> Iterator[MediaKit]:
    chosen: MediaKit = FakeKit() if request.param == "fake" else request.getfixturevalue("gst_kit")
    yield chosen
    chosen.clear()
