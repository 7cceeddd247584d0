"""Which file systems there are to choose from, and what lies on them."""

from gstnvr.disks.file_systems import FileSystem, Mount, file_systems, mounted

MOUNTS = [
    Mount("/proc", "proc", "proc", True),
    Mount("/", "/dev/sda2", "ext4", True),
    Mount("/boot/efi", "/dev/sda1", "exfat", True),
    Mount("/dev/shm", "tmpfs", "tmpfs", True),
    Mount("/mnt/video", "/dev/sdb1", "xfs", True),
    Mount("/media/again", "/dev/sdb1", "xfs", True),
    Mount("/mnt/nas", "nas:/video", "nfs4", True),
    Mount("/mnt/old", "/dev/sdc1", "ext4", False),
    Mount("/snap/core/1", "/dev/loop0", "squashfs", False),
]


def test_those_that_keep_what_is_written_are_offered_once() -> None:
    found = file_systems(MOUNTS, ["/mnt/video/gstnvr", "/srv/gstnvr", "/mnt/videos"])
    assert found == [
        FileSystem("/", "/dev/sda2", "ext4", ("/srv/gstnvr", "/mnt/videos")),
        FileSystem("/mnt/nas", "nas:/video", "nfs4", ()),
        FileSystem("/mnt/video", "/dev/sdb1", "xfs", ("/mnt/video/gstnvr",)),
    ]


def test_what_was_mounted_over_another_hides_it() -> None:
    over = [*MOUNTS, Mount("/mnt/video", "/dev/sdd1", "ext4", True)]
    found = {one.place: one for one in file_systems(over, ["/mnt/video/gstnvr"])}
    assert found["/mnt/video"].device == "/dev/sdd1"
    assert found["/mnt/video"].volumes == ("/mnt/video/gstnvr",)
    assert found["/media/again"].volumes == ()


def test_this_machine_has_something_mounted_at_its_root() -> None:
    assert "/" in {mount.place for mount in mounted()}
