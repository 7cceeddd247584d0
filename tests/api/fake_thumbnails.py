"""Thumbnails that a test makes up."""

import asyncio

from gstnvr.api.recordings.thumbnail_ports import Thumbnail, ThumbnailWish


class FakeThumbnails:
    """Implements ``api.recordings.thumbnail_ports.Thumbnails``."""

    def __init__(self) -> None:
        self.wishes: list[ThumbnailWish] = []
        self.made: Thumbnail | Exception | None = Thumbnail(b"made up", 0, settled=True)
        """None: nothing is ever made."""
        self.given_up = 0
        """Requests that did not wait."""

    async def take(self, wish: ThumbnailWish) -> Thumbnail:
        self.wishes.append(wish)
        if isinstance(self.made, Exception):
            raise self.made
        if self.made is None:
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up += 1
        assert isinstance(self.made, Thumbnail)
        return self.made
