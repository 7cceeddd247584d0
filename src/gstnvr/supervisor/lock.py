"""Only one gstnvr works in a data directory."""

import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from gstnvr.supervisor.errors import StartupError

_LOCK_FILE = "gstnvr.lock"


class InstanceLock:
    """Held as long as the process lives, or until the ``with`` block ends; recorders do not inherit it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Make the directory if need be and take the lock.

        Raises:
            StartupError: the directory cannot be used, or another gstnvr uses it.
        """
        path = self._data_dir / _LOCK_FILE
        try:
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartupError(
                f"cannot use data_dir {self._data_dir}: {error.strerror}; correct data_dir or its permissions"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(descriptor, 20).decode(errors="replace").strip()
            os.close(descriptor)
            raise StartupError(
                f"another gstnvr (process {owner or 'unknown'}) uses {self._data_dir};"
                " stop that, or set another data_dir"
            ) from None
        with contextlib.suppress(OSError):  # a full disk: it only helps whoever comes second
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def is_locked(data_dir: Path) -> bool:
    """Whether a gstnvr works in a data directory."""
    try:
        descriptor = os.open(data_dir / _LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
