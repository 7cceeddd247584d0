"""One line per log record."""

import logging
import traceback
from collections.abc import Iterator
from typing import Any

from gstnvr.logs.redaction import redact
from gstnvr.model.clock import NS_PER_MS, UtcNs, format_utc

_MOST_PLACES = 8
_MOST_CAUSES = 8


class RedactedRecord(logging.LogRecord):
    """A record whose text is safe for every handler, whoever installed it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Some formatters, uvicorn's among them, look at the arguments and not at the message.
        if isinstance(self.args, tuple):
            self.args = tuple(redact(value) if isinstance(value, str) else value for value in self.args)
        if self.exc_info and self.exc_info[1] is not None:
            # Formatters take this instead of formatting the exception themselves.
            self.exc_text = redact(fold_exception(self.exc_info[1]))
        if self.stack_info:
            self.stack_info = redact(self.stack_info)

    def getMessage(self) -> str:  # noqa: N802 - the name is the standard library's
        return redact(super().getMessage())


class LineFormatter(logging.Formatter):
    """Time in UTC, level, process, logger, camera if there is one, message, exception: all in one line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        camera = getattr(record, "camera", None)
        source = f"{record.name} {camera}" if camera else record.name
        text = f"{self._process} {source}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            text += f" | {fold_exception(record.exc_info[1])}"
        if record.stack_info:
            text += f" | {record.stack_info}"
        time = format_utc(UtcNs(int(record.created * 1000) * NS_PER_MS))
        return f"{time} {record.levelname} {_one_line(redact(text))}"


def fold_exception(error: BaseException) -> str:
    """An exception with its causes and where they happened, innermost place first."""
    return ", because of ".join(_folded(link) for link in _causes(error))


def _folded(error: BaseException) -> str:
    places = [
        f"{frame.filename.rpartition('/site-packages/')[2].rpartition('/src/')[2]}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
    ]
    text = "".join(traceback.format_exception_only(error)).strip()
    if places:
        text += f" (at {' < '.join(places[:_MOST_PLACES])})"
    if isinstance(error, BaseExceptionGroup):
        text += f" [{'; '.join(fold_exception(member) for member in error.exceptions)}]"
    return text


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if current is None:
            return
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _one_line(text: str) -> str:
    """No line feed, and no control character that a terminal would obey."""
    lines = " | ".join(line.strip() for line in text.splitlines() if line.strip())
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "backslashreplace").decode()
        for character in lines
    )
