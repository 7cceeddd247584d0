"""Moments as people type and read them: in local time."""

import os
import re
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_AGO = re.compile(r"(\d{1,6}) ?([smhd])", re.ASCII)
_LENGTH = re.compile(r"(?:(\d{1,6})d)? ?(?:(\d{1,6})h)? ?(?:(\d{1,6})m)? ?(?:(\d{1,6})s)?", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_moment(text: str, now: datetime) -> datetime:
    """The moment meant by ``2026-11-21 10:02``, ``10:02`` (of today), ``90m`` or ``2d`` (ago).

    Times without a zone are in the zone of ``now``.

    Raises:
        ValueError: none of these.
    """
    text = text.strip()
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.combine(now.date(), time.fromisoformat(text))
    except ValueError:
        moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)


def parse_length(text: str) -> timedelta:
    """``2h``, ``90m``, ``1h30m``.

    Raises:
        ValueError: this is no length of time, or it is 0.
    """
    text = text.strip()
    if _LENGTH.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no length of time")
    length = timedelta(**{_UNITS[unit]: int(count) for count, unit in _AGO.findall(text)})
    if not length:
        raise ValueError("it is over at once")
    return length


def local_zone() -> str:
    """Name of this machine's time zone, such as ``Europe/Berlin``; ``UTC`` if it has none with a name."""
    link = str(Path("/etc/localtime").resolve())
    for name in (os.environ.get("TZ", "").removeprefix(":"), link.partition("/zoneinfo/")[2]):
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"


def clock_time(moment: datetime) -> str:
    """``10:02:24``, in local time."""
    return f"{moment.astimezone():%H:%M:%S}"


def date_and_time(moment: datetime) -> str:
    """``2026-11-21 10:02:24``, in local time."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
