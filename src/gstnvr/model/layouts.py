"""How somebody has arranged the pictures of cameras."""

from dataclasses import dataclass

from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId


@dataclass(frozen=True, slots=True)
class Layout:
    """A saved arrangement of pictures."""

    uid: str
    name: str
    owner: str | None
    """Name of the user whose it is; None: everybody's."""
    size: int
    """So many rows and columns a page has; 0: as many as fit all pictures on one."""
    tiles: tuple[CameraId | None, ...]
    """From left to right and from top to bottom, page after page; None: an empty place."""
    created: UtcNs
