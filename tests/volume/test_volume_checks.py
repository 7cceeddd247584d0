"""The five checks of a volume, on real file systems."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.model.clock import SystemClock
from gstnvr.model.faults import Fault, Reason, Severity
from gstnvr.volume import checks
from gstnvr.volume.checks import PROBE_PREFIX, Room, VolumeChecker, check_identity, remove_leftovers
from gstnvr.volume.errors import VolumeError, report_os_error
from gstnvr.volume.identity import (
    IDENTITY_FILE,
    IdentityDamagedError,
    IdentityMissingError,
    create_identity,
    read_identity,
)

MIB = 1 << 20


def reason(checker: VolumeChecker) -> Reason:
    with pytest.raises(VolumeError) as caught:
        checker.check()
    assert "\n" not in str(caught.value)
    return caught.value.report.reason


def test_identity_is_made_once_and_read_back(tmp_path: Path) -> None:
    made = create_identity(tmp_path, SystemClock())
    assert read_identity(tmp_path) == made
    with pytest.raises(FileExistsError):
        create_identity(tmp_path, SystemClock())
    assert read_identity(tmp_path) == made
    assert [entry.name for entry in tmp_path.iterdir()] == [IDENTITY_FILE]


def test_identity_missing_and_damaged_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(IdentityMissingError):
        read_identity(tmp_path)
    with pytest.raises(IdentityMissingError):
        read_identity(tmp_path / "gone")
    for content in (b"", b"{}", b'{"uuid": "x"}', b"\xff\xff", b"[1]", b'{"uuid": 5, "created": 1, "version": 1}'):
        (tmp_path / IDENTITY_FILE).write_bytes(content)
        with pytest.raises(IdentityDamagedError):
            read_identity(tmp_path)
    uuid = "9d8f2a52-7d2f-4cf8-9f42-8a4f7a2c1a11"
    (tmp_path / IDENTITY_FILE).write_text(f'{{"uuid": "{uuid}", "created": "", "version": 2}}')
    with pytest.raises(IdentityDamagedError, match="later version"):
        read_identity(tmp_path)


def test_a_good_volume_passes_and_nothing_is_left_on_it(tmp_path: Path) -> None:
    uuid = create_identity(tmp_path, SystemClock()).uuid
    facts = VolumeChecker(uuid, tmp_path, MIB).check()
    assert MIB < facts.free_bytes <= facts.total_bytes
    assert [entry.name for entry in tmp_path.iterdir()] == [IDENTITY_FILE]


def test_unmounted_wiped_and_swapped_volumes_are_refused(tmp_path: Path) -> None:
    checker = VolumeChecker(create_identity(tmp_path, SystemClock()).uuid, tmp_path, MIB)
    checker.check()
    (tmp_path / IDENTITY_FILE).unlink()
    assert reason(checker) is Reason.VOLUME_MISSING
    create_identity(tmp_path, SystemClock())
    assert reason(checker) is Reason.WRONG_VOLUME
    shutil.rmtree(tmp_path)
    assert reason(checker) is Reason.VOLUME_MISSING
    assert not tmp_path.exists()


@pytest.mark.parametrize("damage", ["gone", "empty"])
def test_a_volume_with_recordings_whose_identity_is_lost_is_not_taken_for_unmounted(
    tmp_path: Path, damage: str
) -> None:
    uuid = create_identity(tmp_path, SystemClock()).uuid
    (tmp_path / "door" / "20261121").mkdir(parents=True)
    identity = tmp_path / IDENTITY_FILE
    identity.write_bytes(b"") if damage == "empty" else identity.unlink()
    with pytest.raises(
        VolumeError, match=f"should say {uuid}; if it is the right disk, put that file back"
    ) as caught:
        check_identity(tmp_path, uuid)
    assert caught.value.report.reason is Reason.IDENTITY_LOST


@pytest.mark.faults
def test_a_new_disk_in_place_of_the_volume_is_named(tmpfs: Path) -> None:
    with pytest.raises(VolumeError, match="it is new or was wiped") as caught:
        check_identity(tmpfs, "9d8f2a52-7d2f-4cf8-9f42-8a4f7a2c1a11")
    assert caught.value.report.reason is Reason.WRONG_VOLUME


@pytest.mark.parametrize("recordings", [4 << 10, 8 << 20])
def test_a_volume_that_is_full_of_other_files_is_told_apart(
    tmp_path: Path, recordings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "read_room", lambda _: Room(0, 16 << 20))
    folder = tmp_path / "door" / "20261121"
    folder.mkdir(parents=True)
    (folder / "segment").write_bytes(bytes(recordings))
    with pytest.raises(VolumeError) as caught:
        checks.check_free_space(tmp_path, MIB)
    assert caught.value.report.reason is Reason.NO_SPACE
    assert ("other files take the rest" in str(caught.value)) == (recordings < MIB)


def test_too_little_free_space_is_disk_full(tmp_path: Path) -> None:
    uuid = create_identity(tmp_path, SystemClock()).uuid
    with pytest.raises(VolumeError) as caught:
        VolumeChecker(uuid, tmp_path, 1 << 60).check()
    assert caught.value.report.fault is Fault.DISK_FULL
    assert caught.value.report.reason is Reason.NO_SPACE


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, Reason.NO_SPACE),
        (errno.EDQUOT, Reason.NO_SPACE),
        (errno.EROFS, Reason.READ_ONLY),
        (errno.EACCES, Reason.PERMISSION),
        (errno.EPERM, Reason.PERMISSION),
        (errno.ENOENT, Reason.VOLUME_MISSING),
        (errno.ENOTDIR, Reason.VOLUME_MISSING),
        (errno.ENODEV, Reason.VOLUME_MISSING),
        (errno.ENXIO, Reason.VOLUME_MISSING),
        (errno.ESTALE, Reason.VOLUME_MISSING),
        (errno.ENOTCONN, Reason.VOLUME_MISSING),
        (errno.EIO, Reason.IO_ERROR),
        (errno.EBADF, Reason.IO_ERROR),
        (errno.ETIMEDOUT, Reason.WRITE_STALLED),
    ],
)
def test_system_errors_have_a_reason(number: int, expected: Reason) -> None:
    report = report_os_error(OSError(number, os.strerror(number)), "cannot write /srv/video/x.mp4")
    assert report.reason is expected
    assert report.code == errno.errorcode[number]
    assert report.message.startswith(f"cannot write /srv/video/x.mp4: {os.strerror(number)}; ")
    assert (report.fault is Fault.DISK_FULL) == (expected is Reason.NO_SPACE)


@pytest.mark.parametrize(
    ("number", "reason", "severity"),
    [
        (errno.ENOMEM, Reason.OUT_OF_MEMORY, Severity.CRITICAL),
        (errno.EMFILE, Reason.UNKNOWN, Severity.HIGH),
        (errno.ENFILE, Reason.UNKNOWN, Severity.HIGH),
    ],
)
def test_what_the_process_is_short_of_is_not_the_fault_of_the_volume(
    number: int, reason: Reason, severity: Severity
) -> None:
    report = report_os_error(OSError(number, os.strerror(number)), "cannot write /srv/video/x.mp4")
    assert (report.fault, report.reason, report.severity) == (Fault.RECORDING_BRANCH, reason, severity)
    assert report.message.startswith(f"cannot write /srv/video/x.mp4: {os.strerror(number)}; ")


def test_every_number_of_a_system_error_has_a_meaning() -> None:
    for number in [*errno.errorcode, 0, 99_999]:
        report = report_os_error(OSError(number, "text"), "cannot write x")
        assert report.message.startswith("cannot write x: text; ")
        assert report.code
    nameless = report_os_error(OSError("cannot do it"), "cannot write x")
    assert (nameless.fault, nameless.reason) == (Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR)
    assert "cannot do it" in nameless.message


def test_old_leftovers_of_killed_checks_are_removed(tmp_path: Path) -> None:
    old, new, other = tmp_path / f"{PROBE_PREFIX}old", tmp_path / f"{PROBE_PREFIX}new", tmp_path / "yard"
    for folder in (old, new, other):
        folder.mkdir()
    (old / "probe").write_bytes(b"")
    os.utime(old, (0, 0))
    os.utime(other, (0, 0))
    assert remove_leftovers(tmp_path) == 1
    assert sorted(tmp_path.iterdir()) == sorted([new, other])


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "mount"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", mount], check=True)
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", mount], check=False)


@pytest.mark.faults
def test_unmounting_is_noticed_although_the_path_is_there(tmpfs: Path) -> None:
    checker = VolumeChecker(create_identity(tmpfs, SystemClock()).uuid, tmpfs, MIB)
    checker.check()
    subprocess.run(["umount", tmpfs], check=True)
    assert tmpfs.is_dir()
    assert reason(checker) is Reason.VOLUME_MISSING


@pytest.mark.faults
def test_a_volume_mounted_anew_is_refused_once(tmpfs: Path) -> None:
    identity = create_identity(tmpfs, SystemClock())
    checker = VolumeChecker(identity.uuid, tmpfs, MIB)
    checker.check()
    content = (tmpfs / IDENTITY_FILE).read_bytes()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmpfs], check=True)
    try:
        (tmpfs / IDENTITY_FILE).write_bytes(content)
        assert reason(checker) is Reason.VOLUME_MISSING
        checker.check()
    finally:
        subprocess.run(["umount", tmpfs], check=True)


@pytest.mark.faults
def test_full_and_read_only_file_systems_are_told_apart(tmpfs: Path) -> None:
    checker = VolumeChecker(create_identity(tmpfs, SystemClock()).uuid, tmpfs, 0)
    with (tmpfs / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(bytes(4096))
    assert reason(checker) is Reason.NO_SPACE
    (tmpfs / "filler").unlink()
    checker.check()
    subprocess.run(["mount", "-o", "remount,ro", tmpfs], check=True)
    assert reason(checker) is Reason.READ_ONLY


@pytest.mark.faults
def test_a_user_without_rights_gets_permission(tmpfs: Path) -> None:
    identity = create_identity(tmpfs, SystemClock())
    tmpfs.chmod(0o755)
    os.chown(tmpfs / IDENTITY_FILE, 65534, 65534)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from gstnvr.volume.checks import VolumeChecker\n"
        "from gstnvr.volume.errors import VolumeError\n"
        "checker = VolumeChecker(sys.argv[2], Path('.'), 0)\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        "    checker.check()\n"
        "except VolumeError as error:\n"
        "    print(error.report.reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "", identity.uuid], cwd=tmpfs, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == Reason.PERMISSION


def test_identity_is_compared_and_not_the_path(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    uuid = create_identity(first, SystemClock()).uuid
    first.rename(second)
    assert check_identity(second, uuid) == second.stat().st_dev
