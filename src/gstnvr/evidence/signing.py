"""The key with which exports are signed, and the file that holds a signature."""

import contextlib
import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from gstnvr.volume.files import sync_directory

KEY_FILE = "evidence.key"
"""In ``data_dir``."""
_TEXT = "gstnvr evidence signature 1\nsha256 {digest}\npublic-key {public}\n"
_SHAPE = re.compile(
    rb"gstnvr evidence signature 1\nsha256 ([0-9a-f]{64})\npublic-key ([0-9a-f]{64})\nsignature ([0-9a-f]{128})\n"
)


class KeyFileError(Exception):
    """The key cannot be read or made; the message says why and what to do."""


class SignatureError(Exception):
    """What holds a signature is not one, or was changed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature that is in itself right says."""

    digest: str
    """SHA-256 of what was signed, in hexadecimal digits."""
    public_key: bytes


def fingerprint(public_key: bytes) -> str:
    """``SHA256:`` and the digits that people compare."""
    return f"SHA256:{hashlib.sha256(public_key).hexdigest()}"


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two are the same, however they are written."""
    return _digits(one) == _digits(other)


def _digits(text: str) -> str:
    return re.sub(r"[^0-9a-f]", "", text.lower().removeprefix("sha256"))


def load_or_make_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file, which only its owner may read; it is made if it is not there.

    Raises:
        KeyFileError: it cannot be read or made, is damaged, or others may read it.
    """
    try:
        if not path.exists():
            _make(path)
        return _load(path)
    except OSError as error:
        raise KeyFileError(
            f"cannot use the key {path}: {error.strerror}; see to the folder's permissions"
        ) from error


def _make(path: Path) -> None:
    """Whole or not at all, and never over another's."""
    made = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    descriptor, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink()
    sync_directory(path.parent)


def _load(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"others may read the key {path}: chmod 600 it; whoever has it can sign in your name")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except ValueError as error:
        raise KeyFileError(
            f"the key {path} is damaged: restore it, or move it away and another is made"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key: move it away and one is made")
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The public half, 32 bytes."""
    return key.public_key().public_bytes_raw()


def sign(key: Ed25519PrivateKey, content: bytes) -> bytes:
    """The file that goes with some content: its hash, the public key, the signature of both."""
    text = _TEXT.format(digest=hashlib.sha256(content).hexdigest(), public=public_bytes(key).hex())
    signature = key.sign(text.encode())
    return f"{text}signature {signature.hex()}\n".encode()


def read_signature(data: bytes) -> Signature:
    """Check such a file by itself.

    Raises:
        SignatureError: it is not as it was written.
    """
    parts = _SHAPE.fullmatch(data)
    if parts is None:
        raise SignatureError("is not a signature")
    digest, public, signature = (part.decode() for part in parts.groups())
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), _TEXT.format(digest=digest, public=public).encode())
    except (InvalidSignature, ValueError) as error:
        raise SignatureError("was changed: the signature is not one of what it says") from error
    return Signature(digest, bytes.fromhex(public))
