"""Single pictures of what cameras see now, decoded by processes of their own: decoders may crash on odd video."""

import asyncio
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gstnvr.api.live.ports import NoPictureError, Snapshot
from gstnvr.evidence.pictures import DECODER, Picture, Wish, Wishes
from gstnvr.ipc.codec import ProtocolError
from gstnvr.live.hub import FindRecorder
from gstnvr.live.still import KeyFrame, newest_key_frame, still_file
from gstnvr.model.ids import StreamId

PICTURE_WITHIN_S = 5.0
DECODED_WITHIN_S = 15.0
GOOD_FOR_S = 1.0
"""So long a picture is given again to others who ask."""
MOST_AT_ONCE = 2
"""Processes that decode."""
MOST_WAITING = 64
"""Pictures that are being made; each holds a key frame, and who may watch may ask for thousands of widths."""
_FILE = "still.mp4"

_Key = tuple[StreamId, int | None]


class Snapshots:
    """Of all streams."""

    def __init__(self, find: FindRecorder, environment: Mapping[str, str], errors: int) -> None:
        """Nothing is started yet.

        Args:
            errors: descriptor of the file that takes what decoders write.
        """
        self._find = find
        self._environment = dict(environment)
        self._errors = errors
        self._decoding = asyncio.Semaphore(MOST_AT_ONCE)
        self._made: dict[_Key, asyncio.Task[Snapshot]] = {}

    async def take(self, stream: StreamId, width: int | None) -> Snapshot:
        """The newest key frame; who asks while one is made, or shortly after, gets the same.

        Raises:
            NoPictureError: there is none, or it cannot be decoded.
        """
        key = (stream, width)
        if key not in self._made:
            if len(self._made) >= MOST_WAITING:
                raise NoPictureError("too many pictures are being made; ask again in a moment")
            self._made[key] = asyncio.create_task(self._make(stream, width), name=f"snapshot of {stream}")
            self._made[key].add_done_callback(lambda task: self._forget_later(key, task))
        return await asyncio.shield(self._made[key])

    def _forget_later(self, key: _Key, task: asyncio.Task[Snapshot]) -> None:
        failed = task.cancelled() or task.exception() is not None
        asyncio.get_running_loop().call_later(0.0 if failed else GOOD_FOR_S, self._made.pop, key, None)

    async def _make(self, stream: StreamId, width: int | None) -> Snapshot:
        frame = await self._key_frame(stream)
        async with self._decoding:
            return Snapshot(await self._decode(frame, stream, width or frame.format.width), frame.taken)

    async def _key_frame(self, stream: StreamId) -> KeyFrame:
        recorder = self._find(stream)
        if recorder is None:
            raise NoPictureError(f"no recorder process has {stream} now; try again in a moment")
        try:
            async with asyncio.timeout(PICTURE_WITHIN_S):
                return await newest_key_frame(recorder, stream)
        except TimeoutError:
            message = f"{stream} sends no picture now; /api/v1/streams says why"
            raise NoPictureError(message) from None
        except (OSError, ProtocolError) as error:
            raise NoPictureError(f"the recorder of {stream} does not give pictures: {error}") from None

    async def _decode(self, frame: KeyFrame, stream: StreamId, width: int) -> bytes:
        try:
            still = still_file(frame)
        except struct.error:
            message = f"a picture of {stream} is said to have a size that no picture has"
            raise NoPictureError(message) from None
        with tempfile.TemporaryDirectory(prefix="gstnvr-snapshot-") as folder:
            await asyncio.to_thread((Path(folder) / _FILE).write_bytes, still)
            wishes = msgspec.json.encode(Wishes(folder, (Wish(_FILE, 0.0),), width))
            output = await self._ask_decoder(wishes, stream)
        try:
            return msgspec.json.decode(output, type=Picture).jpeg
        except msgspec.DecodeError:
            raise NoPictureError(f"a picture of {stream} cannot be decoded; the log says why") from None

    async def _ask_decoder(self, wishes: bytes, stream: StreamId) -> bytes:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *DECODER,
                stdin=pipe,
                stdout=pipe,
                stderr=self._errors,
                env=self._environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NoPictureError(f"the process that decodes cannot be started: {error.strerror}") from None
        try:
            async with asyncio.timeout(DECODED_WITHIN_S):
                return (await process.communicate(wishes))[0]
        except TimeoutError:
            raise NoPictureError(f"a picture of {stream} was not decoded in {DECODED_WITHIN_S:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
