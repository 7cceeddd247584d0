"""The newest key frame of a stream, and a file that a decoder takes."""

from dataclasses import dataclass
from pathlib import Path

from gstnvr.container.box_writing import TICKS_PER_S
from gstnvr.container.mp4_writer import Chunk, Mp4Sample, Mp4Track, mp4_header
from gstnvr.container.sample_format import SampleFormat
from gstnvr.ipc.codec import ProtocolError
from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveRefused, Tap, open_tap
from gstnvr.live.muxer import sample_format
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One encoded picture."""

    format: SampleFormat
    data: bytes
    taken: UtcNs


async def newest_key_frame(recorder: Path, stream: StreamId) -> KeyFrame:
    """What the recorder with this live socket has; waits for one while the camera is not connected.

    Raises:
        OSError: the recorder cannot be reached, or went away.
        ProtocolError: it speaks another language.
    """
    tap = await open_tap(recorder, stream, audio=False)
    try:
        return await _first_key(tap)
    finally:
        tap.close()


async def _first_key(tap: Tap) -> KeyFrame:
    form: LiveFormat | None = None
    while (message := await tap.receive()) is not None:
        match message:
            case LiveFormat():
                form = message
            case LiveBatch(units, at) if units and form is not None:
                return KeyFrame(sample_format(form.video), units[0].data, at)
            case LiveRefused(reason):
                raise ProtocolError(reason)
    raise ConnectionResetError("the recorder is gone")


def still_file(frame: KeyFrame) -> bytes:
    """An MP4 file that shows it for a second."""
    sample = Mp4Sample(size=len(frame.data), decode=0, delay=0, key=True)
    track = Mp4Track(frame.format, [sample], last=TICKS_PER_S, skip=0, shown=TICKS_PER_S)
    return mp4_header([track], [Chunk(track=0, first=0, stop=1)], frame.taken) + frame.data
