"""What supervisor and copying process tell each other: one line of JSON each, through pipes."""

from pathlib import Path

import msgspec

from gstnvr.config.basics import Section
from gstnvr.config.copies import CopiesSettings
from gstnvr.config.database import DatabaseSettings
from gstnvr.config.settings import LogLevel
from gstnvr.model.faults import Reason


class Orders(Section):
    """What the process is to do. It holds no passwords; the process looks them up itself."""

    database: str
    """File of SQLite, or address, unless the settings have a url."""
    database_settings: DatabaseSettings = DatabaseSettings()
    cache: Path
    """Folder of what was brought back to be watched."""
    copies: CopiesSettings
    log_level: LogLevel


class Problem(msgspec.Struct, frozen=True):
    """Why nothing can be copied to a place now."""

    reason: Reason
    message: str


class PlaceReport(msgspec.Struct, frozen=True):
    """How a place is doing."""

    place: str
    problem: Problem | None
    waits_for_window: bool
    rate_bytes_per_s: float
    under_way: str | None
    """Path of the segment that is being copied."""
    last_error: str | None
    lost: int
    """Segments that were deleted before they were copied, since the process began."""
