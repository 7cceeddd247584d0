"""Time zones, by name and of this machine."""

import os
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOCALTIME = Path("/etc/localtime")


def named_zone(name: str) -> ZoneInfo:
    """The time zone of a name such as ``Europe/Berlin``.

    Raises:
        ValueError: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name!r} is not a time zone that this machine knows; write e.g. Europe/Berlin or UTC"
        raise ValueError(message) from None


def machine_zone(localtime: Path = LOCALTIME) -> ZoneInfo:
    """That of ``TZ``, else of the machine, else UTC, as the C library has it.

    Raises:
        ValueError: ``TZ`` is not the name of a time zone.
    """
    name = os.environ.get("TZ", "").removeprefix(":")
    if name:
        return named_zone(name)
    try:
        linked = str(localtime.resolve()).partition("/zoneinfo/")[2]
        if linked:
            return named_zone(linked)
        with localtime.open("rb") as file:
            return ZoneInfo.from_file(file, key="local time")
    except (OSError, ValueError):
        return ZoneInfo("UTC")


def machine_zone_name() -> str:
    """Its name, for programs that know time zones by name; UTC if it has none."""
    try:
        return named_zone(machine_zone().key).key
    except ValueError:
        return "UTC"
