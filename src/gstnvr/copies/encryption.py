"""Encryption of copies before they leave, in pieces, so that no file is ever held in memory.

The format is described in ``docs/design/copies.md``. A file is the same for the same key and salt, so that an
interrupted upload can go on with it.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gstnvr.config.secrets import SecretFileError, read_secret_file

SUFFIX = ".gstnvr"
MAGIC = b"GSTNVR\x00\x01"
SALT_BYTES = 32
KEY_BYTES = 32
PIECE_BYTES = 64 * 1024
_TAG_BYTES = 16
_KEY_ID_BYTES = 8
_HEADER = struct.Struct(f">8sI{_KEY_ID_BYTES}s{SALT_BYTES}s")
HEADER_BYTES = _HEADER.size


class EncryptionError(Exception):
    """A file cannot be decrypted; the message says why."""


def read_key(path: Path) -> bytes:
    """The key in a file: 64 hexadecimal digits in its first line.

    Raises:
        SecretFileError: it cannot be read, is open to others, or holds no key.
    """
    text = read_secret_file(path)
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretFileError(
            f"{path} does not hold a key of 64 hexadecimal digits; make one with: openssl rand -hex 32"
        )
    return key


def new_salt() -> bytes:
    """For one file."""
    return os.urandom(SALT_BYTES)


def encrypted_size(size: int) -> int:
    """Bytes that ``size`` bytes become."""
    pieces = max(1, -(-size // PIECE_BYTES))
    return HEADER_BYTES + size + pieces * _TAG_BYTES


def encrypt(source: BinaryIO, key: bytes, salt: bytes, size: int) -> Iterator[bytes]:
    """The encrypted file, in pieces.

    Args:
        source: at its beginning.
        size: of the source, in bytes; not less than there is.

    Raises:
        OSError: the source cannot be read, or is shorter.
    """
    header = _HEADER.pack(MAGIC, PIECE_BYTES, _key_id(key), salt)
    cipher = _cipher(key, salt)
    yield header
    left, number = size, 0
    while True:
        piece = source.read(min(PIECE_BYTES, left))
        left -= len(piece)
        if left and len(piece) < PIECE_BYTES:
            raise OSError(f"the file became shorter by {left} bytes")
        yield cipher.encrypt(_nonce(number, last=left == 0), piece, header)
        if left == 0:
            return
        number += 1


def decrypt(pieces: Iterator[bytes], key: bytes) -> Iterator[bytes]:
    """The file as it was, in pieces; none is given out before it was found to be genuine.

    Args:
        pieces: the encrypted file, cut anywhere.

    Raises:
        EncryptionError: it was made with another key, was changed, or is cut off.
    """
    buffer = _Buffer(pieces)
    header = buffer.take(HEADER_BYTES)
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise EncryptionError("not a copy that gstnvr encrypted")
    _, piece_bytes, key_id, salt = _HEADER.unpack(header)
    if key_id != _key_id(key):
        raise EncryptionError("it was encrypted with another key")
    if not 0 < piece_bytes <= 1 << 24:
        raise EncryptionError("its header was changed")
    cipher = _cipher(key, salt)
    number, last = 0, False
    while not last:
        sealed = buffer.take(piece_bytes + _TAG_BYTES)
        last = buffer.is_empty()
        try:
            yield cipher.decrypt(_nonce(number, last=last), sealed, header)
        except InvalidTag:
            raise EncryptionError(f"it was changed or is cut off, at byte {number * piece_bytes}") from None
        number += 1


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"gstnvr key id" + key).digest()[:_KEY_ID_BYTES]


def _cipher(key: bytes, salt: bytes) -> AESGCM:
    """A key of its own for every file, so that counting is enough for nonces that never come twice."""
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, b"gstnvr copy").derive(key))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class _Buffer:
    """Pieces of any size, taken in pieces of another."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = bytearray()

    def take(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        self._fill(size)
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def is_empty(self) -> bool:
        self._fill(1)
        return not self._held

    def _fill(self, size: int) -> None:
        while len(self._held) < size:
            piece = next(self._pieces, None)
            if piece is None:
                return
            self._held += piece
