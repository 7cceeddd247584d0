"""A camera's certificate is checked just as it was set, and a refusal says what was seen."""

import asyncio
from pathlib import Path

import pytest
import trustme

from gstnvr.media.units import VideoCodec
from gstnvr.model.faults import Fault, FaultReport, Reason
from gstnvr.model.trust import SYSTEM_AUTHORITIES, CertificateTrust, normal_fingerprint
from gstnvr.rtsp.probe import ProbeError, ProbeResult, probe
from tests.rig.certificates import Certificate, make_certificate
from tests.rig.describing_camera import DescribingCameras
from tests.rig.serving import Handler, serving

PATIENCE_S = 5.0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def of_another_host(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("another"), "camera.example.org")


def probed(certificate: Certificate, trust: CertificateTrust) -> ProbeResult:
    async def scenario() -> ProbeResult:
        async with DescribingCameras(certificate.server_context()) as cameras:
            url = cameras.announce("door", VideoCodec.H265)
            return await probe(url, None, None, PATIENCE_S, trust=trust)

    return asyncio.run(scenario())


def refused(certificate: Certificate, trust: CertificateTrust) -> FaultReport:
    with pytest.raises(ProbeError) as caught:
        probed(certificate, trust)
    report = caught.value.report
    assert (report.fault, report.reason) == (Fault.RTSP_NETWORK, Reason.CERTIFICATE)
    assert "\n" not in report.message
    return report


def test_a_certificate_of_an_own_authority_is_taken_and_its_fingerprint_told(certificate: Certificate) -> None:
    result = probed(certificate, CertificateTrust(ca_file=str(certificate.authority)))
    assert result.video is VideoCodec.H265
    assert result.fingerprint == certificate.fingerprint


def test_nobody_is_trusted_by_default_and_the_fingerprint_to_pin_is_told(certificate: Certificate) -> None:
    message = refused(certificate, SYSTEM_AUTHORITIES).message
    assert certificate.fingerprint in message
    assert "tls_fingerprint" in message


def test_another_authority_than_the_own_is_not_trusted(certificate: Certificate, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    assert str(other) in refused(certificate, CertificateTrust(ca_file=str(other))).message


def test_a_certificate_of_another_host_is_not_taken_unless_pinned(of_another_host: Certificate) -> None:
    trust = CertificateTrust(ca_file=str(of_another_host.authority))
    assert "127.0.0.1" in refused(of_another_host, trust).message
    pinned = CertificateTrust(fingerprint=of_another_host.fingerprint)
    assert probed(of_another_host, pinned).fingerprint == of_another_host.fingerprint


def test_another_certificate_than_the_pinned_one_is_refused_with_both_told(
    certificate: Certificate, of_another_host: Certificate
) -> None:
    message = refused(certificate, CertificateTrust(fingerprint=of_another_host.fingerprint)).message
    assert f"got sha256 {certificate.fingerprint}, expected {of_another_host.fingerprint}" in message


def test_any_certificate_is_taken_if_that_is_asked_for(of_another_host: Certificate) -> None:
    assert probed(of_another_host, CertificateTrust(accept_any=True)).video is VideoCodec.H265


def test_authorities_that_cannot_be_read_are_named(certificate: Certificate) -> None:
    message = refused(certificate, CertificateTrust(ca_file="/nowhere/authority.pem")).message
    assert message == "tls_ca_file /nowhere/authority.pem is not usable: no such file or directory."


def test_authorities_that_changed_hold_at_once(certificate: Certificate, tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    trust = CertificateTrust(ca_file=str(file))
    refused(certificate, trust)
    file.write_bytes(certificate.authority.read_bytes())
    assert probed(certificate, trust).fingerprint == certificate.fingerprint


async def answers_in_clear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"RTSP/1.0 400 Bad Request\r\n\r\n")
    await reader.read()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (answers_in_clear, Reason.NO_TLS),
        (says_nothing, Reason.NO_ANSWER),
        (hangs_up, Reason.CONNECTION_LOST),
    ],
)
def test_what_speaks_no_tls_is_told_apart(handler: Handler, reason: Reason) -> None:
    async def scenario() -> None:
        async with serving(handler) as port:
            await probe(f"rtsps://127.0.0.1:{port}/x", None, None, 1.0)

    with pytest.raises(ProbeError) as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason is reason


def test_fingerprints_are_read_as_people_write_them() -> None:
    digits = "1e4a34e80e793bf876116be75c164b5e2d98025af6058bfbdb95c4f5ad1b89a0"
    pairs = [digits[at : at + 2].upper() for at in range(0, 64, 2)]
    for text in (digits, ":".join(pairs), " ".join(pairs), f"SHA256:{digits}"):
        assert normal_fingerprint(text) == digits
    for text in ("", digits[:-1], "z" * 64, digits[:40]):
        with pytest.raises(ValueError, match="64 hexadecimal digits"):
            normal_fingerprint(text)
