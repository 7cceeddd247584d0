"""Settings of encrypted connections, from the file to the wire."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gstnvr.config.settings import Settings, StreamSettings
from gstnvr.ipc.messages import Configure
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.status import SessionPhase, StreamStatus
from gstnvr.recorder.engine import Engine
from gstnvr.supervisor.recording.assignment import recorder_tasks, volume_spec, wanted_streams
from gstnvr.volume.identity import create_identity
from tests.rig.certificates import Certificate, make_certificate
from tests.rig.intents import intents_of
from tests.rig.waiting import until


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def cameras(certificate: Certificate) -> Iterator[SimulatedCameras]:
    with SimulatedCameras({"door": "pattern:180p10"}, *certificate.simulator_arguments) as some:
        yield some


async def connect(root: Path, main: dict[str, Any]) -> StreamStatus:
    from gstnvr.gst.factory import GstMedia

    wanted = Settings.model_validate(
        {
            "storage": {"volumes": [{"path": str(root)}], "min_free_mb": 1},
            "cameras": [{"id": "door", "record": False, "main": main}],
        }
    )
    volume = volume_spec(wanted.storage, root, create_identity(root, SystemClock()).uuid)
    placed = {0: wanted_streams(wanted)}
    (task,) = recorder_tasks(wanted, placed, [volume], lambda _: None, intents_of(wanted)).values()
    engine = Engine(GstMedia(), SystemClock())
    await engine.configure(Configure(list(task.streams), task.recording, task.recorder, [volume], "info"))
    try:
        await until(
            lambda: engine.status()[0].session is SessionPhase.STREAMING or engine.status()[0].fault,
            15,
            "the camera being connected",
        )
        return engine.status()[0]
    finally:
        await engine.shutdown()


def is_refused(root: Path, main: dict[str, Any]) -> bool:
    status = asyncio.run(connect(root, main))
    if status.session is SessionPhase.STREAMING:
        return False
    assert status.fault is not None
    assert (status.fault.fault, status.fault.reason) == (Fault.RTSP_NETWORK, Reason.CERTIFICATE)
    return True


@pytest.mark.gst
@pytest.mark.e2e
def test_without_a_setting_an_authority_of_this_machine_counts(tmp_path: Path, cameras: SimulatedCameras) -> None:
    assert is_refused(tmp_path, {"url": cameras.url("door")})


@pytest.mark.gst
@pytest.mark.e2e
@pytest.mark.parametrize("refused", [False, True])
def test_only_the_certificate_with_the_fingerprint_is_taken(
    tmp_path: Path, cameras: SimulatedCameras, certificate: Certificate, refused: bool
) -> None:
    fingerprint = ("f" * 64) if refused else certificate.fingerprint.upper()
    assert is_refused(tmp_path, {"url": cameras.url("door"), "tls_fingerprint": fingerprint}) == refused


@pytest.mark.gst
@pytest.mark.e2e
def test_the_authorities_of_the_file_are_believed(
    tmp_path: Path, cameras: SimulatedCameras, certificate: Certificate
) -> None:
    main = {"url": cameras.url("door"), "tls_ca_file": str(certificate.authority)}
    assert not is_refused(tmp_path, main)


@pytest.mark.gst
@pytest.mark.e2e
def test_any_certificate_is_taken_only_if_that_is_said(tmp_path: Path, cameras: SimulatedCameras) -> None:
    assert not is_refused(tmp_path, {"url": cameras.url("door"), "tls_accept_any": True})


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ({"url": "rtsps://h/x", "tls_fingerprint": "abc"}, "64 hexadecimal digits"),
        ({"url": "rtsp://h/x", "tls_fingerprint": "0" * 64}, "not encrypted"),
        ({"url": "rtsp://h/x", "tls_accept_any": True}, "not encrypted"),
        ({"url": "rtsps://h/x", "tls_accept_any": True, "tls_ca_file": "/a.pem"}, "keep one of them"),
        ({"url": "rtsps://h/x", "tls_ca_file": "a.pem"}, "absolute path"),
        ({"url": "rtsps://h/x", "transport": "udp"}, "unencrypted"),
        ({"url": "rtsps://h/x", "transport": "multicast"}, "unencrypted"),
    ],
)
def test_what_makes_no_sense_is_refused(main: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        StreamSettings.model_validate(main)


def test_https_takes_the_same_settings() -> None:
    main = {"url": "rtsp://h/x", "http_stream_url": "https://h/video", "tls_accept_any": True}
    assert StreamSettings.model_validate(main).trust.accept_any
