"""Small files, such as those at the root of a volume: there as a whole or not at all."""

import os
from pathlib import Path

from gstnvr.volume.files import sync_directory

_MAX_BYTES = 64 << 20


def read_small_file(root: Path, name: str) -> bytes | None:
    """Its content; None if there is none.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with (root / name).open("rb") as file:
            return file.read(_MAX_BYTES)
    except FileNotFoundError:
        return None


def write_small_file(root: Path, name: str, content: bytes) -> None:
    """Put a file in place of the one that is there; on the disk when this returns.

    Raises:
        OSError: it cannot be written; the one before is still there.
    """
    unfinished = root / f"{name}.new"
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(root / name)
    sync_directory(root)


def set_aside(root: Path, name: str) -> Path:
    """Give a file that is of no use another name, and return that.

    Raises:
        OSError: it cannot be renamed.
    """
    aside = root / f"{name}.damaged"
    (root / name).rename(aside)
    return aside
