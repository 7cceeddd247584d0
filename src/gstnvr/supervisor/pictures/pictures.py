"""Pictures for the API: of now, and of what was recorded."""

from gstnvr.live.hub import FindRecorder
from gstnvr.supervisor.pictures.live import LivePictures
from gstnvr.supervisor.pictures.thumbnail_process import ThumbnailProcess
from gstnvr.supervisor.pictures.thumbnails import ThumbnailMaker
from gstnvr.supervisor.recording.office import Office


class Pictures:
    """Everything that is decoded, or sent to viewers."""

    def __init__(self, office: Office, find: FindRecorder) -> None:
        """Nothing is started yet."""
        self.live = LivePictures(find, office.environment, office.errors)
        self.thumbnails = ThumbnailMaker(
            ThumbnailProcess(office.environment, office.errors),
            office.clock,
            cache_bytes=lambda: office.settings().api.thumbnail_cache_mb << 20,
        )

    async def end(self) -> None:
        """Let go of all viewers, and of whoever waits for a picture."""
        await self.live.end()
        await self.thumbnails.end()
