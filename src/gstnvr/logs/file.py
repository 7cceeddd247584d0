"""Log lines of a process in a file of its own, which never grows beyond what it may take."""

import re
from pathlib import Path
from typing import TextIO

from gstnvr.logs.handler import BackgroundHandler

FOLDER = "logs"
"""In the data directory."""
VARIABLE = "GSTNVR_LOGS"
"""Tells processes that are started where the folder is."""
MOST_BYTES = 20 * 1024 * 1024
"""Of one process, the older half included."""
OLDER = ".1"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9-]")


class LogFile:
    """Written by one thread; when half of what it may take is full, the file becomes the older half."""

    def __init__(self, folder: Path, process: str, most_bytes: int = MOST_BYTES) -> None:
        """Nothing is opened before the first line; the folder is made then, its parents are not."""
        self._path = folder / f"{_NOT_IN_A_NAME.sub('-', process)}.log"
        self._most_bytes = most_bytes
        self._file: TextIO | None = None

    def write(self, text: str) -> None:
        """Add lines.

        Raises:
            OSError: the folder cannot be written to.
        """
        if self._file is None:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8", errors="backslashreplace")
        self._file.write(text)

    def flush(self) -> None:
        """Hand over to the system what was written.

        Raises:
            OSError: the disk is full, or worse.
        """
        if self._file is None:
            return
        self._file.flush()
        if self._file.tell() >= self._most_bytes // 2:
            self.close()
            self._path.replace(self._path.with_name(self._path.name + OLDER))

    def close(self) -> None:
        """It is opened again with the next line."""
        if self._file is not None:
            self._file.close()
            self._file = None


class FileHandler(BackgroundHandler):
    """Hands lines to a thread that writes them into a file."""

    def __init__(self, file: LogFile) -> None:
        super().__init__(file)
        self._log_file = file

    def close(self) -> None:
        """Wait a moment for what is still to be written."""
        super().close()
        self._log_file.close()
