"""The file named with ``--token-file``, for as long as a command runs."""

from contextvars import ContextVar
from pathlib import Path

token_file: ContextVar[Path | None] = ContextVar("token_file", default=None)
