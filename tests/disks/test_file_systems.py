"""Which file systems there are to choose from, and what lies on them."""

from gstnvr.disks.file_systems import FileSystem, file_systems
from gstnvr.volume.mounts import Mount, mountinfo, mounts_in

MOUNTS = [
    Mount("/proc", "proc", "proc"),
    Mount("/", "/dev/sda2", "ext4"),
    Mount("/boot/efi", "/dev/sda1", "exfat"),
    Mount("/dev/shm", "tmpfs", "tmpfs"),
    Mount("/mnt/video", "/dev/sdb1", "xfs"),
    Mount("/media/again", "/dev/sdb1", "xfs"),
    Mount("/mnt/nas", "nas:/video", "nfs4"),
    Mount("/mnt/old", "/dev/sdc1", "ext4", writable=False),
    Mount("/snap/core/1", "/dev/loop0", "squashfs", writable=False),
]
SERVICE = """\
21 1 8:2 / / ro,relatime master:1 - ext4 /dev/sda2 rw,errors=remount-ro
22 21 8:2 /tmp/systemd-private-1/tmp /tmp rw,nosuid - ext4 /dev/sda2 rw
23 21 8:2 /var/lib/gstnvr /var/lib/gstnvr rw - ext4 /dev/sda2 rw
24 21 8:17 / /mnt/disk\\0401 ro,relatime - xfs /dev/sdb1 rw,attr2
25 21 8:33 / /mnt/old rw - ext4 /dev/sdc1 ro
26 21 0:30 /@video /mnt/pool rw - btrfs /dev/sdd1 rw
nonsense
"""


def test_those_that_keep_what_is_written_are_offered_once() -> None:
    found = file_systems(MOUNTS, ["/mnt/video/gstnvr", "/srv/gstnvr", "/mnt/videos"])
    assert found == [
        FileSystem("/", "/dev/sda2", "ext4", ("/srv/gstnvr", "/mnt/videos")),
        FileSystem("/mnt/nas", "nas:/video", "nfs4", ()),
        FileSystem("/mnt/video", "/dev/sdb1", "xfs", ("/mnt/video/gstnvr",)),
    ]


def test_what_was_mounted_over_another_hides_it() -> None:
    over = [*MOUNTS, Mount("/mnt/video", "/dev/sdd1", "ext4")]
    found = {one.place: one for one in file_systems(over, ["/mnt/video/gstnvr"])}
    assert found["/mnt/video"].device == "/dev/sdd1"
    assert found["/mnt/video"].volumes == ("/mnt/video/gstnvr",)
    assert found["/media/again"].volumes == ()


def test_a_service_that_sees_the_machine_read_only_sees_its_disks_and_no_private_folders() -> None:
    found = file_systems(mounts_in(SERVICE), ["/var/lib/gstnvr/video"])
    assert found == [
        FileSystem("/", "/dev/sda2", "ext4", ("/var/lib/gstnvr/video",)),
        FileSystem("/mnt/disk 1", "/dev/sdb1", "xfs", ()),
        FileSystem("/mnt/pool", "/dev/sdd1", "btrfs", ()),
    ]


def test_this_machine_has_something_mounted_at_its_root() -> None:
    assert "/" in {mount.place for mount in mounts_in(mountinfo())}
