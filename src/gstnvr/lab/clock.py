"""A wall clock that can be set, for the processes of the product alone; the machine's is left as it is."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from gstnvr.model.clock import NS_PER_S, UtcNs

_LIBRARY = "libfaketimeMT.so.1"
"""The one for programs with several threads."""


def find_library() -> Path | None:
    """Where libfaketime is installed; None: it is not."""
    return next(_candidates(), None)


def _candidates() -> Iterator[Path]:
    for folder in (Path("/usr/lib"), Path("/usr/local/lib")):
        yield from sorted(folder.glob(f"**/faketime/{_LIBRARY}"))


class FakeClock:
    """Differs from the real clock since the last time it was set; does not until then."""

    def __init__(self, place: Path, *, enabled: bool) -> None:
        """Take a directory for its file.

        Args:
            enabled: False: processes are left alone, and it cannot be set.
        """
        self._file = place / "clock"
        self._enabled = enabled
        self._set_at: UtcNs | None = None
        self._offset_ns = 0

    def environment(self) -> Mapping[str, str]:
        """Variables of processes that are to follow it."""
        if not self._enabled:
            return {}
        library = find_library()
        assert library is not None, "libfaketime is not installed"
        self._write(0)
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, offset_s: float, now: UtcNs) -> None:
        """Let it be so many seconds ahead of the real clock, or behind it.

        Args:
            now: by the real clock.
        """
        assert self._enabled, "the processes do not follow this clock"
        self._set_at = now
        self._offset_ns = round(offset_s * NS_PER_S)
        self._write(offset_s)

    def real(self, moment: UtcNs) -> UtcNs:
        """By the real clock, of a moment that the product tells; takes steps that are longer than a trial."""
        if self._set_at is None or abs(moment - self._set_at) < abs(self._offset_ns) / 2:
            return moment
        return UtcNs(moment - self._offset_ns)

    def _write(self, offset_s: float) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset_s:+f}\n")
        new.replace(self._file)
