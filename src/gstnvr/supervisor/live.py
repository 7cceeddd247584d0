"""Live pictures, as the API asks for them."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from gstnvr.api.live_ports import Snapshot, WebRtcSession
from gstnvr.live.hub import FindRecorder, LiveHub
from gstnvr.live.viewer import LiveViewer
from gstnvr.model.ids import StreamId
from gstnvr.supervisor.snapshots import Snapshots
from gstnvr.supervisor.webrtc import WebRtcProcess


class LivePictures:
    """Implements ``api.live_ports.Live``."""

    def __init__(self, find: FindRecorder, environment: Mapping[str, str], errors: int) -> None:
        """Nothing is connected yet.

        Args:
            errors: descriptor of the file that takes what decoders write.
        """
        self._hub = LiveHub(find)
        self._snapshots = Snapshots(find, environment, errors)
        self._webrtc = WebRtcProcess(find, environment, errors)

    def watch(self, stream: StreamId, *, audio: bool) -> AbstractAsyncContextManager[LiveViewer]:
        return self._hub.watch(stream, audio=audio)

    async def open_session(self, stream: StreamId, offer: str) -> WebRtcSession:
        return await self._webrtc.open(stream, offer)

    def has_session(self, stream: StreamId, name: str) -> bool:
        return self._webrtc.has(stream, name)

    def close_session(self, stream: StreamId, name: str) -> bool:
        return self._webrtc.close(stream, name)

    async def end(self) -> None:
        """Let go of all viewers over WebRTC."""
        await self._webrtc.end()

    async def snapshot(self, stream: StreamId, width: int | None) -> Snapshot:
        return await self._snapshots.take(stream, width)
