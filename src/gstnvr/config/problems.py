"""What can be wrong with a configuration file, told so that a person can put it right."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, without secrets."""

    file: Path
    line: int | None
    """Counted from 1; None: the file as a whole."""
    key: str
    """As in ``cameras[0].main.url``; empty: the file as a whole."""
    message: str
    suggestion: str | None = None
    """What would be right, if that can be guessed."""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line is not None else str(self.file)
        key = f"{self.key}: " if self.key else ""
        suggestion = f"; {self.suggestion}" if self.suggestion else ""
        return f"{place}: {key}{self.message}{suggestion}"


class ConfigurationError(Exception):
    """The configuration is refused as a whole; ``str`` is one line per problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
