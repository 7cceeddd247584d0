"""The key that exports are signed with."""

import stat
import threading
from pathlib import Path

import pytest

from gstnvr.evidence.signing import KeyFileError, load_or_make_key, public_bytes


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "evidence.key"
    first = public_bytes(load_or_make_key(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert public_bytes(load_or_make_key(path)) == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["evidence.key"]


def test_several_who_make_it_at_once_get_the_same(tmp_path: Path) -> None:
    found: set[bytes] = set()
    start = threading.Barrier(8)

    def load(number: int) -> None:
        start.wait(10)
        found.add(public_bytes(load_or_make_key(tmp_path / "evidence.key")))

    threads = [threading.Thread(target=load, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 1


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "evidence.key"
    load_or_make_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_or_make_key(path)


def test_a_damaged_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "evidence.key"
    path.write_bytes(b"-----BEGIN PRIVATE KEY-----\nxxxx\n")
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="damaged"):
        load_or_make_key(path)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="nowhere"):
        load_or_make_key(tmp_path / "nowhere" / "evidence.key")
