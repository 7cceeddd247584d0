"""Small pictures of single key frames, one after the other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gstnvr.media.units import VideoCodec


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """What a decoder has to know in advance."""

    codec: VideoCodec
    config: bytes
    """Body of ``avcC`` or ``hvcC``; nothing for Motion JPEG."""
    width: int
    height: int


class KeyPictures(Protocol):
    """A decoder that stays ready for more key frames of the same kind."""

    def picture(self, key_frame: bytes) -> bytes:
        """What it shows, as JPEG. After an error the decoder is of no use any more.

        Args:
            key_frame: of H.264 and H.265, NAL units with a length of four bytes in front of each.

        Raises:
            NoPictureError: it cannot be decoded.
        """
        ...

    def close(self) -> None:
        """Let go of the decoder."""
        ...


MakeKeyPictures = Callable[[EncodedVideo, int], KeyPictures]
"""Of this kind, so many points wide; raises ``NoPictureError`` if there is no decoder."""
