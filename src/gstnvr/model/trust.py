"""Which certificate a camera may show."""

import hashlib
import re
from dataclasses import dataclass

_SHA_256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CertificateTrust:
    """At most one field is set; none: an authority of this machine must have signed it for the host."""

    ca_file: str | None = None
    """One of the authorities of this PEM file must have signed it for the host, and no other."""
    fingerprint: str | None = None
    """It must be this very certificate, as ``fingerprint_of`` tells it; nothing else counts."""
    accept_any: bool = False


SYSTEM_AUTHORITIES = CertificateTrust()


def fingerprint_of(certificate: bytes) -> str:
    """SHA-256 of a certificate in DER, 64 lower case hexadecimal digits."""
    return hashlib.sha256(certificate).hexdigest()


def normal_fingerprint(text: str) -> str:
    """A SHA-256 fingerprint as people write it, in the form of ``fingerprint_of``.

    Raises:
        ValueError: it is none; the message continues "the fingerprint ...".
    """
    digits = re.sub(r"[\s:-]", "", text.lower().removeprefix("sha256:"))
    if _SHA_256.fullmatch(digits) is None:
        raise ValueError("must be the SHA-256 of a certificate, 64 hexadecimal digits; gstnvr probe shows it")
    return digits


def not_the_pinned_one(got: str, expected: str) -> str:
    """What is to be said of a certificate with another fingerprint."""
    return f"it is not the pinned one: got sha256 {got}, expected {expected}"
