"""A certificate of our own making, for those who have none: browsers ask once whether to trust it."""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gstnvr.config.private_files import write_private
from gstnvr.model.clock import NS_PER_S, UtcNs

FOLDER = "tls"
CERTIFICATE = "certificate.pem"
_KEY = "key.pem"
_DAYS = 820
"""Some browsers take none that is good for more than 825 days."""
_RENEW_DAYS = 60
_SKEW = timedelta(days=1)
"""Clocks of browsers are wrong, and ours may be."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a certificate and its private key."""

    certificate: Path
    key: Path


def own_certificate(data_dir: Path, now: UtcNs) -> TlsFiles:
    """The one in the data directory, which is made if there is none, or none that lasts for a while.

    Raises:
        OSError: it cannot be written.
    """
    files = TlsFiles(data_dir / FOLDER / CERTIFICATE, data_dir / FOLDER / _KEY)
    moment = datetime.fromtimestamp(now // NS_PER_S, UTC)
    if not _lasts(files, moment):
        certificate, key = _make(moment)
        write_private(files.key, key)
        write_private(files.certificate, certificate)
    return files


def _lasts(files: TlsFiles, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    except (OSError, ValueError):
        return False
    fits = certificate.public_key() == key.public_key()
    return fits and certificate.not_valid_after_utc - now > timedelta(days=_RENEW_DAYS)


def _make(now: datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"gstnvr on {host}"[:64])])
    names: list[x509.GeneralName] = [
        x509.DNSName(each) for each in dict.fromkeys(("localhost", *_dns_names(host)))
    ]
    names += [x509.IPAddress(ipaddress.ip_address(each)) for each in ("127.0.0.1", "::1")]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _dns_names(host: str) -> list[str]:
    """The machine's name, alone and as its local network may know it."""
    if not host.isascii() or not host.strip("."):
        return []
    return [host] if "." in host else [host, f"{host}.local"]
