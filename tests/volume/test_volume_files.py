"""Durable operations on segment files."""

import os
import stat
from pathlib import Path

import pytest

from gstnvr.model.choices import Container
from gstnvr.model.clock import parse_utc
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.volume.files import (
    close_segment,
    create_segment,
    create_segment_file,
    remove_file,
    sync_file,
    truncate_segment,
)
from gstnvr.volume.paths import SegmentName, parse_segment_path

NAME = SegmentName(
    StreamId(CameraId("yard"), StreamKind.MAIN), parse_utc("2026-11-21T10:02:24.125Z"), Container.MP4
)


class Syncs:
    """Records what is synced, in order, on top of the real calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: list[str] = []
        real = os.fsync

        def fsync(fd: int) -> None:
            self.paths.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
            real(fd)

        monkeypatch.setattr(os, "fsync", fsync)


def test_a_new_file_and_its_folders_are_private_and_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncs = Syncs(monkeypatch)
    created = create_segment(tmp_path, NAME)
    try:
        file = tmp_path / created.path
        assert stat.S_IMODE(file.stat().st_mode) & ~0o640 == 0
        assert stat.S_IMODE(file.parent.stat().st_mode) & ~0o750 == 0
        assert syncs.paths == [str(tmp_path), str(tmp_path / "yard"), str(tmp_path / "yard" / "20261121")]
        os.write(created.fd, b"segment")
        assert os.pread(created.fd, 7, 0) == b"segment"
        sync_file(created.fd)
    finally:
        os.close(created.fd)


def test_a_name_that_is_taken_gets_a_serial_and_the_old_file_stays(tmp_path: Path) -> None:
    paths = []
    for content in (b"1", b"2", b"3"):
        created = create_segment(tmp_path, NAME)
        os.write(created.fd, content)
        os.close(created.fd)
        paths.append(created.path)
    assert [parse_segment_path(path).serial for path in paths] == [1, 2, 3]
    assert [(tmp_path / path).read_bytes() for path in paths] == [b"1", b"2", b"3"]


def test_the_root_of_a_volume_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        create_segment(tmp_path / "unplugged", NAME)
    assert not (tmp_path / "unplugged").exists()


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    volume = tmp_path / "volume"
    volume.mkdir()
    (volume / "yard").mkdir()
    (volume / "yard" / "x.mp4").symlink_to(outside)
    with pytest.raises(FileExistsError):
        create_segment_file(volume, "yard/x.mp4")
    with pytest.raises(OSError):
        truncate_segment(volume, "yard/x.mp4", 0)
    assert not outside.exists()


def test_close_syncs_the_file_then_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    created = create_segment(tmp_path, NAME)
    os.write(created.fd, b"12345")
    syncs = Syncs(monkeypatch)
    file = tmp_path / created.path
    assert close_segment(created.fd, file) == 5
    assert syncs.paths == [str(file), str(file.parent)]
    with pytest.raises(OSError):
        os.fstat(created.fd)


def test_truncate_cuts_and_never_grows(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"0123456789")
    truncate_segment(tmp_path, "x", 4)
    assert (tmp_path / "x").read_bytes() == b"0123"
    with pytest.raises(ValueError, match="it has 4"):
        truncate_segment(tmp_path, "x", 5)
    assert (tmp_path / "x").read_bytes() == b"0123"


def test_remove_syncs_the_folder_and_may_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"1")
    syncs = Syncs(monkeypatch)
    assert remove_file(tmp_path, "x") is True
    assert syncs.paths == [str(tmp_path)]
    assert remove_file(tmp_path, "x") is False
    with pytest.raises(ValueError):
        remove_file(tmp_path, "../x")
