"""Motion JPEG through outages of its volume: as little is lost of Matroska as of MP4, which is nothing."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings
from gstnvr.lab.faulty_volumes import FaultyVolume, FullVolume, FuseVolume, prepared
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import GapCause
from tests.rig.outage import Camera, Outcome, record_over_outage

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.gst]

SOURCES = {"cam1": "pattern:180p25:mjpeg", "cam2": "pattern:180p10:mjpeg:aac"}
VOLUMES: dict[str, Callable[[Path], FaultyVolume]] = {
    "no space": FullVolume,
    "error": lambda place: FuseVolume(place, "write EIO\nopen EIO\nfsync EIO"),
}


@pytest.fixture(scope="module")
def cameras() -> Iterator[Mapping[str, Camera]]:
    with SimulatedCameras(SOURCES) as simulator:
        yield {name: Camera(name, simulator.url(name), simulator.control.sequence(name)) for name in SOURCES}


@pytest.fixture(scope="module")
def outcomes(cameras: Mapping[str, Camera], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Of three seconds of each kind of fault, side by side."""
    place = tmp_path_factory.mktemp("faults")
    settings = RecordingSettings(segment_s=2)

    async def all_of_them(volumes: Mapping[str, FaultyVolume]) -> list[Outcome]:
        return await asyncio.gather(
            *(
                record_over_outage(
                    name,
                    volume,
                    cameras,
                    place / f"{name} recorder",
                    outage_s=3,
                    before_s=3,
                    after_s=2,
                    recording=settings,
                )
                for name, volume in volumes.items()
            )
        )

    with ExitStack() as stack:
        volumes = {name: stack.enter_context(prepared(make(place / name))) for name, make in VOLUMES.items()}
        found = asyncio.run(all_of_them(volumes))
    for outcome in found:
        print(outcome.line())
    return dict(zip(VOLUMES, found, strict=True))


@pytest.mark.parametrize("name", VOLUMES)
def test_no_picture_is_lost_doubled_or_altered(name: str, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[name]
    assert (outcome.missing, outcome.doubled, outcome.altered) == (0, 0, 0), outcome.log[-4000:]
    assert len(outcome.incidents) == 1
    for balance in outcome.streams.values():
        assert balance.audit.video.units > 6 * 10
        assert {gap.cause for gap in balance.gaps} == {GapCause.CONNECTING, GapCause.SHUTDOWN}
        assert not balance.open_paths


@pytest.mark.parametrize("name", VOLUMES)
def test_index_and_disk_agree_afterwards(name: str, outcomes: dict[str, Outcome]) -> None:
    assert not outcomes[name].files_unknown
    assert not outcomes[name].files_lost
