"""Writing log lines without ever making the program wait."""

import logging
import queue
import threading
from typing import Protocol

_MOST_WAITING = 10_000
_LAST_WAIT_S = 1.0


class Output(Protocol):
    """Where lines go; every method may block and raise OSError."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


class BackgroundHandler(logging.Handler):
    """Hands lines to a thread, so that a reader who has stopped reading our output never stops a recording.

    Lines that find no room are dropped and counted; the next line that gets through is preceded by the count.
    """

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output
        self._waiting: queue.Queue[str | None] = queue.Queue(_MOST_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="log writer", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Called with the handler's lock held."""
        line = self.format(record)
        if self._dropped:
            line = f"{self._dropped} log lines before this one were dropped: nobody read them\n{line}"
        try:
            self._waiting.put_nowait(line)
            self._dropped = 0
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Wait a moment for what is still to be written."""
        try:
            self._waiting.put(None, timeout=_LAST_WAIT_S)
        except queue.Full:
            pass
        else:
            self._thread.join(_LAST_WAIT_S)
        super().close()

    def _write_all(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                self._output.write(line + "\n")
                self._output.flush()
            except (OSError, ValueError):
                # Nobody can be told that the place for telling is gone; recording goes on.
                continue
