"""Over every transport: recorded bit for bit, hang-ups noticed at once, stalls in time, and recorded again."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.ipc.messages import StreamSpec
from gstnvr.lab.audit import Audit, audit
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.choices import Transport
from gstnvr.model.faults import GapCause, Reason
from gstnvr.model.records import Gap, Incident
from gstnvr.model.trust import CertificateTrust
from gstnvr.simulator.behaviour import Misbehaviour
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.certificates import Certificate, make_certificate
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

FPS = 10
SOURCE = f"pattern:180p{FPS}:h264:aac"
"""Goes on while nobody watches: a file would be played again from up to a group of pictures before."""
GOP_S = 1.0
STEADY_S = 6.0
SILENT_S = 3.5
AGAIN_WITHIN_S = 20.0
ENDS = (GapCause.CONNECTING, GapCause.SHUTDOWN)
CLOSED = (Reason.CLOSED_BY_CAMERA, Reason.CONNECTION_LOST)
LOGIN = ("--user", "viewer", "--password-env", "SIMULATOR_PASSWORD")
FORGETFUL = ("--session-timeout", "5")
"""Cameras that hang up without keep-alive, before the steady part is over."""
SESSION = SessionSettings(healthy_after_s=2.0, keepalive_timeout_s=3)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a camera."""

    transport: Transport
    trust: CertificateTrust | None = None


def ways(certificate: Certificate) -> dict[str, Way]:
    return {
        "multicast": Way(Transport.MULTICAST),
        "http": Way(Transport.HTTP),
        "tls_pinned": Way(Transport.TCP, CertificateTrust(fingerprint=certificate.fingerprint)),
        "tls_authority": Way(Transport.TCP, CertificateTrust(ca_file=str(certificate.authority))),
        "https": Way(Transport.HTTP, CertificateTrust(fingerprint=certificate.fingerprint)),
    }


NAMES = ("multicast", "http", "tls_pinned", "tls_authority", "https")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one camera."""

    hung_up: int
    """When the camera did, in nanoseconds of UTC."""
    silenced: int
    incidents: list[Incident]
    gaps: list[Gap]
    """But for the first connection and the end."""
    steady: Audit
    """Of the segments that were closed before anything happened."""
    whole: Audit


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    place = tmp_path_factory.mktemp("transports")
    certificate = make_certificate(place / "certificate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMULATOR_PASSWORD", "secret")
        yield asyncio.run(scenario(place, certificate))


async def scenario(place: Path, certificate: Certificate) -> dict[str, Outcome]:
    routes = ways(certificate)
    open_ones = {name: SOURCE for name, way in routes.items() if way.trust is None}
    secret_ones = {name: SOURCE for name, way in routes.items() if way.trust is not None}
    arguments = (*LOGIN, *FORGETFUL, *certificate.simulator_arguments)
    with SimulatedCameras(secret_ones, *arguments) as secure:
        async with recording_rig(place, open_ones, *LOGIN, *FORGETFUL) as rig:
            cameras = {name: rig.cameras if way.trust is None else secure for name, way in routes.items()}
            specs = [spec(name, way, cameras[name]) for name, way in routes.items()]
            await rig.record(specs, RecordingSettings(segment_s=2, sync_interval_s=0.5))
            await asyncio.sleep(STEADY_S)
            moments = await asyncio.gather(*(trouble(rig, cameras[name], name) for name in routes))
            await rig.recorder.shutdown()
            return {
                name: outcome(rig, cameras[name], name, moment)
                for name, moment in zip(routes, moments, strict=True)
            }


def spec(name: str, way: Way, cameras: SimulatedCameras) -> StreamSpec:
    plain = stream_spec(name, cameras.url(name), SESSION)
    known = replace(plain, username="viewer", password="secret", transport=way.transport)
    return known if way.trust is None else replace(known, trust=way.trust)


async def trouble(rig: Rig, cameras: SimulatedCameras, name: str) -> tuple[int, int]:
    """The camera hangs up, and when it is recorded again it falls silent for a while; when that was."""
    hung_up = time.time_ns()
    await asyncio.to_thread(cameras.control.do, Misbehaviour.DISCONNECT, name, "fin")
    await recorded_after(rig, name, hung_up)
    silenced = time.time_ns()
    await asyncio.to_thread(cameras.control.do, Misbehaviour.SILENT, name)
    await asyncio.sleep(SILENT_S)
    await asyncio.to_thread(cameras.control.clear, name)
    await recorded_after(rig, name, silenced)
    return hung_up, silenced


async def recorded_after(rig: Rig, name: str, moment: int) -> None:
    """Until a segment that began after it is long enough to be called healthy."""
    ledger = rig.recorder.ledger

    def recorded() -> bool:
        segments = ledger.segments_of(main_stream(name))
        began = next((one.start for one in segments if one.start > moment), None)
        return began is not None and segments[-1].end > began + 2.2e9

    await rig.recorder.wait_for(f"{name} is recorded again", recorded, AGAIN_WITHIN_S)


def outcome(rig: Rig, cameras: SimulatedCameras, name: str, moments: tuple[int, int]) -> Outcome:
    files = rig.files(name)
    truth = cameras.control.sequence(name)
    segments = rig.recorder.ledger.segments_of(main_stream(name))
    steady = [file for file, segment in zip(files, segments, strict=True) if segment.end < moments[0] - 5e8]
    return Outcome(
        *moments,
        incidents=rig.incidents(name),
        gaps=[gap for gap in rig.gaps(name) if gap.cause not in ENDS],
        steady=audit(steady, truth),
        whole=audit(files, truth),
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_the_camera_sends_is_what_is_recorded(name: str, outcomes: dict[str, Outcome]) -> None:
    found = outcomes[name].steady
    assert (found.missing, found.doubled, found.altered) == (0, 0, 0)
    assert found.video.units >= 2 * FPS
    assert found.audio.units > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_hang_up_is_noticed_at_once_and_a_stall_in_time(name: str, outcomes: dict[str, Outcome]) -> None:
    came = outcomes[name]
    noticed = [
        (one.detected - moment) / 1e9
        for one, moment in zip(came.incidents, (came.hung_up, came.silenced), strict=True)
    ]
    print(f"{name:14} hang-up noticed after {noticed[0]:.3f} s, stall after {noticed[1]:.3f} s")
    assert came.incidents[0].reason in CLOSED
    assert came.incidents[1].reason is Reason.VIDEO_STALLED
    # How soon exactly is for the laboratory to say, on a machine that does nothing else.
    assert noticed[0] <= 1.5
    assert 1.7 <= noticed[1] <= 5
    assert all(one.recovered is not None for one in came.incidents)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_what_the_ledger_says(name: str, outcomes: dict[str, Outcome]) -> None:
    came = outcomes[name]
    assert (came.whole.doubled, came.whole.altered) == (0, 0)
    lost_s = sum(hole.count for hole in came.whole.holes) / FPS
    told_s = sum((gap.end or 0) - gap.start for gap in came.gaps) / 1e9
    assert abs(lost_s - told_s) <= 2 * GOP_S
    assert all(gap.cause is GapCause.NETWORK for gap in came.gaps)
