"""Live pictures, as the API asks for them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial

from gstnvr.api.live.ports import RestreamView, Snapshot, WebRtcSession
from gstnvr.config.settings import Settings
from gstnvr.live.hub import FindRecorder, LiveHub
from gstnvr.live.viewer import LiveViewer
from gstnvr.model.ids import StreamId
from gstnvr.supervisor.api.entrance import Entrance
from gstnvr.supervisor.pictures.restream import Restream
from gstnvr.supervisor.pictures.snapshots import Snapshots
from gstnvr.supervisor.pictures.webrtc import WebRtcProcess


class LivePictures:
    """Implements ``api.live.ports.Live``."""

    def __init__(self, find: FindRecorder, environment: Mapping[str, str], errors: int) -> None:
        """Nothing is connected yet.

        Args:
            errors: descriptor of the file that takes what decoders write.
        """
        self._hub = LiveHub(find)
        self._snapshots = Snapshots(find, environment, errors)
        self._webrtc = WebRtcProcess(find, environment, errors)
        self._restream = Restream(find, environment, errors)

    def watch(self, stream: StreamId, *, audio: bool) -> AbstractAsyncContextManager[LiveViewer]:
        return self._hub.watch(stream, audio=audio)

    async def open_session(self, stream: StreamId, offer: str) -> WebRtcSession:
        return await self._webrtc.open(stream, offer)

    def has_session(self, stream: StreamId, name: str) -> bool:
        return self._webrtc.has(stream, name)

    def close_session(self, stream: StreamId, name: str) -> bool:
        return self._webrtc.close(stream, name)

    def restreamed(self, stream: StreamId) -> RestreamView:
        return self._restream.view(stream)

    async def serve_rtsp(
        self, entrance: Entrance, settings: Callable[[], Settings], note: Callable[[str, str | None], None]
    ) -> None:
        """Let programs watch over RTSP while the settings want it, for ever.

        Args:
            note: told what is wrong, and of what part.
        """
        await self._restream.run(entrance.door, lambda: entrance.tls, settings, partial(note, "restream"))

    async def end(self) -> None:
        """Let go of all viewers over WebRTC."""
        await self._webrtc.end()

    async def snapshot(self, stream: StreamId, width: int | None) -> Snapshot:
        return await self._snapshots.take(stream, width)
