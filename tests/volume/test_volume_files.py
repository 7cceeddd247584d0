"""Durable operations on segment files."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from gstnvr.model.choices import Container
from gstnvr.model.clock import parse_utc
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.volume.files import (
    close_segment,
    create_segment,
    create_segment_file,
    remove_empty_folder,
    remove_file,
    remove_files,
    settle_free_space,
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


def test_files_are_deleted_folder_by_folder_each_synced_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [f"yard/2026112{day}/{number}.mp4" for day in (1, 2) for number in range(3)]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    syncs = Syncs(monkeypatch)
    removal = remove_files(tmp_path, [*paths[::-1], "till/20261121/gone.mp4"])
    assert sorted(removal.gone) == ["till/20261121/gone.mp4", *paths]
    assert removal.left == {}
    assert syncs.paths == [str(tmp_path / "yard/20261121"), str(tmp_path / "yard/20261122")]
    assert not any((tmp_path / path).exists() for path in paths)


def test_a_folder_and_those_above_go_if_they_are_empty_and_the_volume_never(tmp_path: Path) -> None:
    (tmp_path / "yard/20261121").mkdir(parents=True)
    (tmp_path / "yard/20261122").mkdir()
    remove_empty_folder(tmp_path, "yard/20261121")
    assert [path.name for path in (tmp_path / "yard").iterdir()] == ["20261122"]
    (tmp_path / "yard/20261122/a.mp4").touch()
    remove_empty_folder(tmp_path, "yard/20261122")
    assert (tmp_path / "yard/20261122/a.mp4").exists()
    (tmp_path / "yard/20261122/a.mp4").unlink()
    remove_empty_folder(tmp_path, "yard/20261122")
    assert tmp_path.exists()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="not a path within a volume"):
        remove_empty_folder(tmp_path, "../yard")


def test_where_deleted_files_count_as_free_at_once_nothing_need_be_done(tmp_path: Path) -> None:
    settle_free_space(tmp_path)
    with pytest.raises(FileNotFoundError):
        settle_free_space(tmp_path / "none")


@pytest.mark.faults
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None, reason="needs root and btrfs-progs")
def test_btrfs_says_at_once_what_is_free_if_it_is_asked_to(tmp_path: Path) -> None:
    image, root = tmp_path / "image", tmp_path / "volume"
    root.mkdir()
    with image.open("wb") as file:
        file.truncate(400 << 20)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, root], check=True)
    try:
        (root / "file").write_bytes(os.urandom(100 << 20))
        os.sync()
        before = os.statvfs(root).f_bavail
        remove_files(root, ["file"])
        settle_free_space(root)
        freed = (os.statvfs(root).f_bavail - before) * os.statvfs(root).f_frsize
        assert freed >= 100 << 20
    finally:
        subprocess.run(["umount", root], check=True)
