"""Logging of a process: one line per record to standard error, secrets masked."""

import logging
import sys
import threading
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from gstnvr.config.sealing import passwords_of
from gstnvr.config.secrets import SecretError, secret_of
from gstnvr.config.settings import LogLevel, Settings
from gstnvr.logs.file import FileHandler, LogFile
from gstnvr.logs.handler import BackgroundHandler
from gstnvr.logs.line import LineFormatter, RedactedRecord
from gstnvr.logs.redaction import register_secret
from gstnvr.model.ids import StreamId

CameraLogger = logging.LoggerAdapter[logging.Logger]

_TALKATIVE = ("httpx", "httpcore", "asyncio", "alembic", "sqlalchemy")
"""Libraries whose everyday lines are of no use to a person who runs a recorder."""


def configure(
    process: str, level: LogLevel, output: TextIO | None = None, folder: str | Path | None = None
) -> None:
    """Set up logging of the whole process; call again to change it.

    ``process`` is its name in every line. Lines go to standard error. Uncaught exceptions and warnings are
    logged as well, since they would otherwise be written without redaction.

    Args:
        folder: where a file is to have the lines as well.
    """
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
        former.close()
    handlers = [BackgroundHandler(output or sys.stderr)]
    if folder is not None:
        handlers.append(FileHandler(LogFile(Path(folder), process)))
    for handler in handlers:
        handler.setFormatter(LineFormatter(process))
        root.addHandler(handler)
    logging.setLogRecordFactory(RedactedRecord)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    set_level(level)


def set_level(level: LogLevel) -> None:
    """Least severe kind of line that is written from now on."""
    logging.getLogger().setLevel(level.upper())
    quiet = logging.NOTSET if level is LogLevel.DEBUG else logging.WARNING
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(quiet)


def protect(settings: Settings) -> None:
    """Register every password that the settings lead to."""
    password_of = passwords_of(settings)
    for stream in (stream for camera in settings.cameras for stream in camera.streams.values()):
        with suppress(SecretError):
            register_secret(password_of(stream))
    with suppress(SecretError):
        register_secret(secret_of(settings.database.password_env, settings.database.password_file))


def camera_logger(name: str, stream: StreamId | str) -> CameraLogger:
    """A logger whose lines name a stream (``front_door/main``) or a camera."""
    return _CameraAdapter(logging.getLogger(name), {"camera": str(stream)})


class _CameraAdapter(CameraLogger):
    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("gstnvr").critical("uncaught exception, the process ends", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    if arguments.exc_value is None or arguments.exc_type is SystemExit:
        return
    thread = arguments.thread.name if arguments.thread else "a thread"
    logging.getLogger("gstnvr").critical(
        "uncaught exception in %s",
        thread,
        exc_info=(arguments.exc_type, arguments.exc_value, arguments.exc_traceback),
    )
