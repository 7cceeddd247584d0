"""What the API takes and answers about layouts; part of the published interface."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.model.ids import CAMERA_ID_PATTERN

_MOST_TILES = 256
_TILES = "Cameras from left to right and from top to bottom, page after page; null is an empty place."
_SIZE = "So many rows and columns a page has; 0: as many as fit all on one page."


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class NewLayout(_Asked):
    """A layout as it is to be."""

    name: str = Field(min_length=1, max_length=60, pattern=r"\S")
    size: int = Field(0, ge=0, le=6, description=_SIZE)
    tiles: list[Annotated[str, Field(pattern=f"^{CAMERA_ID_PATTERN}$")] | None] = Field(
        max_length=_MOST_TILES, description=_TILES
    )


class Layout(_Answer):
    """A saved arrangement of pictures."""

    uid: str
    name: str
    shared: bool = Field(description="It is everybody's; administrators change it.")
    size: int = Field(description=_SIZE)
    tiles: list[str | None] = Field(
        description=f"{_TILES} So is a camera that does not exist, or that the caller may not see."
    )


class Layouts(_Answer):
    layouts: list[Layout] = Field(description="The caller's own and those of everybody, by name.")
    default: str | None = Field(description="`uid` of the one that the caller sees first.")


class DefaultLayout(_Asked):
    """The layout that somebody wants to see first."""

    uid: str | None = Field(pattern="^[0-9a-f]{1,32}$", description="null: none of them.")
