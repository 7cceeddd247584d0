"""What was brought back to be watched, in a folder with a limit."""

from pathlib import Path

FOLDER = "fetched"
"""Below ``data_dir``."""


def make_room(folder: Path, limit_bytes: int) -> None:
    """Delete what was used longest ago until no more than so many bytes are there.

    Raises:
        OSError: the folder cannot be read.
    """
    files = sorted(
        (path.stat().st_mtime, path.stat().st_size, path) for path in folder.rglob("*") if path.is_file()
    )
    total = sum(size for _, size, _ in files)
    for _, size, path in files:
        if total <= limit_bytes:
            return
        path.unlink(missing_ok=True)
        total -= size
