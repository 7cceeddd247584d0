"""Files copied from one volume to another: verified, and there as a whole or not at all.

Everything blocks, for ever if a disk hangs: call it on a thread that may be left behind.
"""

import contextlib
import ctypes
import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from gstnvr.volume.files import locate, make_folders

BLOCK_BYTES = 1 << 20

_SUFFIX = ".moving"
_MODE = 0o640
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1

Pace = Callable[[int], None]
"""Called before so many bytes are copied; may wait, and may raise to interrupt."""


class UnreadableError(Exception):
    """The source, and not the target, is why a file cannot be copied."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


def hidden_path(path: str) -> str:
    """What a file is called on its new volume until it is whole; in the same folder, and no segment's name."""
    there = PurePosixPath(path)
    return str(there.with_name(f".{there.name}{_SUFFIX}"))


def is_hidden(path: str) -> bool:
    """Whether a file is called as one is that is not whole yet."""
    name = PurePosixPath(path).name
    return name.startswith(".") and name.endswith(_SUFFIX)


def copy_hidden(source: Path, root: Path, path: str, pace: Pace) -> str:
    """Copy a file to the hidden name of its path on another volume, and sync it there.

    What lies there from an earlier attempt is replaced; if this one fails, nothing is left there.

    Returns:
        SHA-256 of what was read, in hexadecimal.

    Raises:
        UnreadableError: the source cannot be read.
        OSError: it cannot be written.
    """
    hidden = locate(root, hidden_path(path))
    make_folders(root, hidden.parent)
    hidden.unlink(missing_ok=True)
    with _reading(source) as read_fd:
        write_fd = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, _MODE)
        try:
            digest = hashlib.sha256()
            for block in _blocks(read_fd):
                pace(len(block))
                digest.update(block)
                _write_all(write_fd, block)
            os.fsync(write_fd)
        except BaseException:
            with contextlib.suppress(OSError):
                hidden.unlink()
            raise
        finally:
            os.close(write_fd)
        # What is read once must not push out what others read again and again.
        os.posix_fadvise(read_fd, 0, 0, os.POSIX_FADV_DONTNEED)
    return digest.hexdigest()


def read_back(root: Path, path: str, pace: Pace = lambda _: None) -> str:
    """SHA-256 of a file as it is on the disk, not as it is in memory, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    fd = os.open(locate(root, path), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        while block := os.read(fd, BLOCK_BYTES):
            pace(0)
            digest.update(block)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(fd)
    return digest.hexdigest()


def rename_without_replacing(source: Path, target: Path) -> None:
    """Give a file its name, unless there is a file of that name.

    Raises:
        FileExistsError: there is; both are as they were.
        OSError: it cannot be renamed.
    """
    try:
        _rename_exclusively(source, target)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            raise
        if target.exists():  # file systems that know no better; nobody else makes files of this name
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        source.rename(target)


def _rename_exclusively(source: Path, target: Path) -> None:
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _RENAME_NOREPLACE) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def same_content(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes.

    Raises:
        OSError: one of them cannot be read.
    """
    with one.open("rb") as first, other.open("rb") as second:
        if os.fstat(first.fileno()).st_size != os.fstat(second.fileno()).st_size:
            return False
        while block := first.read(BLOCK_BYTES):
            if block != second.read(BLOCK_BYTES):
                return False
    return True


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[int]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise UnreadableError(error) from error
    try:
        yield fd
    finally:
        os.close(fd)


def _blocks(fd: int) -> Iterator[bytes]:
    try:
        while block := os.read(fd, BLOCK_BYTES):
            yield block
    except OSError as error:
        raise UnreadableError(error) from error


def _write_all(fd: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(fd, rest) :]
