"""Single pictures of a video file."""

from typing import Protocol


class NoPictureError(Exception):
    """The file cannot be decoded there; the message says why."""


class Stills(Protocol):
    """Decodes one file for as long as it is open."""

    def at(self, nanoseconds: int) -> bytes:
        """The picture in view at a time of the file, as JPEG.

        Raises:
            NoPictureError: it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Let go of the decoder."""
        ...
