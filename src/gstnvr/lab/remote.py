"""What a trial needs of a place that takes copies."""

from typing import Any, Protocol


class Remote(Protocol):
    """Implemented by ``sftp_server``, which takes packages that only copies need."""

    def settings(self) -> dict[str, Any]:
        """Of the place, as in the configuration."""
        ...

    def start(self) -> None:
        """Listen, at the same port as before."""
        ...

    def stop(self) -> None:
        """Hang up, and listen no more."""
        ...
