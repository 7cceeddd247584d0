"""One viewer: from a recorder's tap to a peer."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveRefused, LiveUnit, Tap, open_tap
from gstnvr.media.peers import MakePeer, Peer, PeerError, SentTrack, SentUnit
from gstnvr.webrtc.messages import Obstacle, Open
from gstnvr.webrtc.offer import h264_payload, opus_payload, without_candidates

PICTURE_WITHIN_S = 5.0
LOOK_S = 0.5
CATCH_UP_STEP_NS = 1_000_000
"""What came since the last key frame is shown as fast as this, so that the picture is that of now at once."""


class NoSessionError(Exception):
    """There is no session."""

    def __init__(self, obstacle: Obstacle, message: str) -> None:
        super().__init__(message)
        self.obstacle = obstacle


class Session:
    """Made by ``open_session``."""

    def __init__(self, tap: Tap, form: LiveFormat, peer: Peer, answer: str) -> None:
        self.answer = answer
        self._tap = tap
        self._form = form
        self._peer = peer
        self._since_key: list[LiveUnit] = []
        self._caught_up = False

    async def run(self) -> None:
        """Until the viewer, the recorder, or what the camera sends is another."""
        tasks = {asyncio.create_task(self._send()), asyncio.create_task(self._until_gone())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tap.close()
            await self._peer.close()

    async def _until_gone(self) -> None:
        while not self._peer.gone:  # noqa: ASYNC110 - what it is asked for changes on threads of its own
            await asyncio.sleep(LOOK_S)

    async def _send(self) -> None:
        while (message := await self._tap.receive()) is not None:
            if isinstance(message, LiveFormat) and message != self._form:
                return
            if isinstance(message, LiveBatch):
                self._take(message.units)

    def _take(self, units: Sequence[LiveUnit]) -> None:
        if self._caught_up:
            self._peer.push([SentUnit(unit.audio, unit.pts, unit.data) for unit in units])
            return
        for unit in units:
            if unit.key and not unit.audio:
                self._since_key = []
            if not unit.audio:
                self._since_key.append(unit)
        if self._peer.connected and self._since_key:
            self._peer.push(list(hurried(self._since_key)))
            self._since_key = []
            self._caught_up = True


def hurried(pictures: Sequence[LiveUnit]) -> Iterator[SentUnit]:
    """The same, shown one right after the other, the last when it is due."""
    newest = pictures[-1].pts
    for left, picture in zip(range(len(pictures) - 1, -1, -1), pictures, strict=True):
        yield SentUnit(False, newest - left * CATCH_UP_STEP_NS, picture.data)


async def open_session(order: Open, make_peer: MakePeer) -> Session:
    """Connect to the recorder and answer the viewer.

    Raises:
        NoSessionError: that cannot be done.
    """
    try:
        tap = await open_tap(Path(order.recorder), order.stream, audio=True)
    except OSError as error:
        raise NoSessionError(Obstacle.NO_PICTURE, f"the recorder of {order.stream} is away: {error}") from None
    peer: Peer | None = None
    try:
        form = await _format(tap, order)
        peer = make_peer(tracks_for(order.offer, form))
        return Session(tap, form, peer, await peer.answer(without_candidates(order.offer)))
    except BaseException as error:
        tap.close()
        if peer is not None:
            await peer.close()
        if isinstance(error, PeerError):
            raise NoSessionError(Obstacle.NOT_PLAYABLE, str(error)) from None
        if isinstance(error, LookupError):
            raise NoSessionError(Obstacle.MISSING, str(error)) from None
        raise


async def _format(tap: Tap, order: Open) -> LiveFormat:
    try:
        async with asyncio.timeout(PICTURE_WITHIN_S):
            while (message := await tap.receive()) is not None:
                if isinstance(message, LiveFormat):
                    return message
                if isinstance(message, LiveRefused):
                    raise NoSessionError(Obstacle.NO_PICTURE, message.reason)
    except TimeoutError:
        message_text = f"{order.stream} sends no picture now; /api/v1/streams says why"
        raise NoSessionError(Obstacle.NO_PICTURE, message_text) from None
    except ProtocolError as error:
        raise NoSessionError(Obstacle.NO_PICTURE, str(error)) from None
    raise NoSessionError(Obstacle.NO_PICTURE, f"the recorder of {order.stream} went away")


def tracks_for(offer: str, form: LiveFormat) -> list[SentTrack]:
    """What of the camera's the viewer takes.

    Raises:
        NotPlayableError: not the video.
    """
    video = h264_payload(offer, form.video)
    tracks = [SentTrack(False, form.video.config, 0, video.number, video.parameters)]
    sound = opus_payload(offer) if form.audio is not None and form.audio.codec == "opus" else None
    if form.audio is not None and sound is not None:
        tracks.append(SentTrack(True, b"", form.audio.channels, sound.number, sound.parameters))
    return tracks
