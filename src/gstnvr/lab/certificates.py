"""Certificates that cameras sign themselves."""

from dataclasses import dataclass
from pathlib import Path

from gstnvr.lab.commands import run


@dataclass(frozen=True, slots=True)
class Certificate:
    """In PEM files."""

    file: Path
    key: Path


def self_signed(place: Path, name: str) -> Certificate:
    """Make one for a host of this name; the files go into this directory.

    Raises:
        RuntimeError: OpenSSL does not do it.
    """
    made = Certificate(place / f"{name}.crt", place / f"{name}.key")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    run("openssl", "req", *kind, "-subj", f"/CN={name}", "-keyout", made.key, "-out", made.file)
    return made
