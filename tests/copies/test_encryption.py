"""Copies that are encrypted before they leave: whole again with the key, refused without or when changed."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.cli.main import main
from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.config.secrets import SecretFileError
from gstnvr.copies.encryption import (
    HEADER_BYTES,
    PIECE_BYTES,
    SUFFIX,
    EncryptionError,
    decrypt,
    encrypt,
    encrypted_size,
    new_salt,
    read_key,
)
from gstnvr.db import copies
from gstnvr.model.copies import Fetch
from gstnvr.model.records import SegmentState
from tests.copies.archive import Archive
from tests.copies.running import copying, is_done, want
from tests.rig.object_stores import SftpStore, sftp_store
from tests.rig.waiting import wait_until

KEY = bytes(range(32))
SALT = bytes(range(100, 132))
SIZES = st.sampled_from([0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 200_001])


def sealed(content: bytes, key: bytes = KEY, salt: bytes = SALT) -> bytes:
    return b"".join(encrypt(io.BytesIO(content), key, salt, len(content)))


def opened(data: bytes, key: bytes = KEY) -> bytes:
    return b"".join(decrypt(iter([data[:70_001], data[70_001:]]), key))


@given(size=SIZES, step=st.integers(1, 100_000))
def test_it_comes_back_as_it_was_however_it_is_cut_into_pieces(size: int, step: int) -> None:
    content = bytes(number % 251 for number in range(size))
    data = sealed(content)
    assert len(data) == encrypted_size(size)
    pieces = (data[start : start + step] for start in range(0, len(data), step))
    assert b"".join(decrypt(pieces, KEY)) == content


def test_with_the_same_salt_it_is_the_same_and_with_another_it_is_not() -> None:
    content = b"x" * 100_000
    assert sealed(content) == sealed(content)
    assert sealed(content)[HEADER_BYTES:] != sealed(content, salt=new_salt())[HEADER_BYTES:]


@given(size=SIZES, where=st.floats(0, 1, exclude_max=True))
def test_a_byte_that_was_changed_is_noticed(size: int, where: float) -> None:
    data = bytearray(sealed(b"a" * size))
    data[int(where * len(data))] ^= 1
    with pytest.raises(EncryptionError):
        opened(bytes(data))


@pytest.mark.parametrize("size", [1, PIECE_BYTES, 3 * PIECE_BYTES])
def test_what_is_cut_off_or_has_more_at_its_end_is_noticed(size: int) -> None:
    data = sealed(b"a" * size)
    for kept in (0, 10, HEADER_BYTES, len(data) - 1, HEADER_BYTES + PIECE_BYTES + 16):
        if kept < len(data):
            with pytest.raises(EncryptionError):
                opened(data[:kept])
    with pytest.raises(EncryptionError):
        opened(data + b"a")


def test_pieces_that_changed_places_are_noticed() -> None:
    data = sealed(b"".join(bytes([number]) * PIECE_BYTES for number in range(3)))
    first, second = (HEADER_BYTES + number * (PIECE_BYTES + 16) for number in range(2))
    third = second + PIECE_BYTES + 16
    with pytest.raises(EncryptionError):
        opened(data[:first] + data[second:third] + data[first:second] + data[third:])


def test_another_key_is_told_from_a_file_that_was_changed() -> None:
    with pytest.raises(EncryptionError, match="another key"):
        opened(sealed(b"a"), key=bytes(32))


def write_key(path: Path, text: str = KEY.hex()) -> Path:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def test_a_key_has_64_digits_in_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    assert read_key(write_key(tmp_path / "key")) == KEY
    for wrong in ("abc", "zz" * 32, "00" * 31):
        with pytest.raises(SecretFileError, match="64 hexadecimal"):
            read_key(write_key(tmp_path / "key", wrong))
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(SecretFileError, match="chmod 600"):
        read_key(tmp_path / "key")


def test_copies_are_encrypted_there_and_not_when_they_are_back(archive: Archive, tmp_path: Path) -> None:
    segment = archive.add(500_000)
    content = archive.file(segment).read_bytes()
    key = write_key(tmp_path / "key")
    want(archive)
    with sftp_store() as store, copying(archive, place(store, tmp_path, key)):
        wait_until(lambda: is_done(archive, segment))
        there = store.content(segment.path + SUFFIX)
        assert there is not None and content[:1000] not in there
        assert store.content(segment.path) is None

        archive.delete(segment)
        with archive.index.writing() as writer:
            copies.ask_back(writer, segment.id or 0, Fetch.VOLUME)
        wait_until(lambda: archive.row(segment).state is SegmentState.CLOSED)
    assert archive.file(segment).read_bytes() == content

    copy = tmp_path / f"copy.mp4{SUFFIX}"
    copy.write_bytes(there)
    assert main(["copies", "decrypt", str(copy), "--key", str(key)]) == 0
    assert (tmp_path / "copy.mp4").read_bytes() == content


def place(store: SftpStore, folder: Path, key: Path) -> CopyPlaceSettings:
    return store.settings(store.port, folder / "secret", encrypt_key_file=str(key))


def test_a_copy_that_was_changed_is_not_decrypted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / f"copy.mp4{SUFFIX}"
    copy.write_bytes(sealed(b"a" * 200_000)[:-1])
    assert main(["copies", "decrypt", str(copy), "--key", str(write_key(tmp_path / "key"))]) != 0
    assert "was changed or is cut off" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == [copy.name, "key"]
