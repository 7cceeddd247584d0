"""Names of the things that a recorder deals with."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

CameraId = NewType("CameraId", str)
"""Chosen by the user, unique, part of every file name: see ``CAMERA_ID_PATTERN``."""

CAMERA_ID_PATTERN = r"[a-z0-9][a-z0-9_-]{0,62}"
"""No separator, dot or upper case: a camera id is a folder name on any file system."""

Generation = NewType("Generation", int)
"""Number of a session of one stream, counted from 1 within the life of a recorder process."""


class StreamKind(StrEnum):
    """Which of a camera's streams."""

    MAIN = "main"
    SUB = "sub"


@dataclass(frozen=True, slots=True, order=True)
class StreamId:
    """One stream of one camera; written ``front_door/main``."""

    camera: CameraId
    kind: StreamKind

    def __str__(self) -> str:
        return f"{self.camera}/{self.kind}"

    @classmethod
    def parse(cls, text: str) -> "StreamId":
        """Read the written form back.

        Raises:
            ValueError: the text is not ``camera/main`` or ``camera/sub``.
        """
        camera, separator, kind = text.rpartition("/")
        if not separator or not re.fullmatch(CAMERA_ID_PATTERN, camera):
            raise ValueError(f"not a stream id: {text!r}")
        return cls(CameraId(camera), StreamKind(kind))
