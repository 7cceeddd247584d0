"""Certificates for simulated cameras, made anew for each run."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from gstnvr.model.trust import fingerprint_of


@dataclass(frozen=True, slots=True)
class Certificate:
    """Of one camera, in files, and of the authority that signed it."""

    file: Path
    key: Path
    authority: Path
    fingerprint: str

    @property
    def simulator_arguments(self) -> tuple[str, ...]:
        return ("--tls-certificate", str(self.file), "--tls-key", str(self.key))

    def server_context(self) -> ssl.SSLContext:
        """For a server in the test itself."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, host: str = "127.0.0.1") -> Certificate:
    """A certificate for this host, by an authority of its own that nobody else knows."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    made = authority.issue_cert(host)
    certificate = Certificate(
        file=folder / "certificate.pem",
        key=folder / "key.pem",
        authority=folder / "authority.pem",
        fingerprint=fingerprint_of(ssl.PEM_cert_to_DER_cert(made.cert_chain_pems[0].bytes().decode())),
    )
    authority.cert_pem.write_to_path(str(certificate.authority))
    made.private_key_pem.write_to_path(str(certificate.key))
    certificate.file.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    return certificate
