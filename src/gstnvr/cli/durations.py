"""Lengths of time and amounts of data, for people."""


def duration(seconds: float) -> str:
    """The two largest units that matter: ``0.4s``, ``12s``, ``3m 12s``, ``4h 28m``, ``2d 3h``."""
    if 0 < seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes:02d}m"
    if minutes:
        return f"{minutes}m {rest:02d}s"
    return f"{rest}s"


def data_size(count: int) -> str:
    """Bytes in decimal units: ``812 B``, ``7.9 GB``."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
