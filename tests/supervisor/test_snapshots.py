"""Pictures of now, and who asks for too many of them."""

import asyncio
from pathlib import Path

import pytest

from gstnvr.api.live.ports import NoPictureError
from gstnvr.ipc.live import LiveTrack
from gstnvr.live.muxer import sample_format
from gstnvr.live.still import KeyFrame
from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import StreamId
from gstnvr.supervisor.pictures import snapshots
from gstnvr.supervisor.pictures.snapshots import Snapshots

YARD = StreamId.parse("yard/main")
AVCC = bytes.fromhex("0142c01effe1000467420a1e01000268ce")


def frame(width: int) -> KeyFrame:
    return KeyFrame(sample_format(LiveTrack("h264", AVCC, width, 360)), b"picture", UtcNs(10**18))


def test_no_more_pictures_wait_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each width is another picture, and there are thousands."""

    async def ask() -> list[object]:
        shots = Snapshots(lambda _: Path("/nonexistent"), {}, 2)
        held = asyncio.Event()

        async def never(*_: object) -> KeyFrame:
            await held.wait()
            raise ConnectionResetError("the recorder is gone")

        monkeypatch.setattr(snapshots, "newest_key_frame", never)
        asked = [asyncio.create_task(shots.take(YARD, 16 + width)) for width in range(200)]
        await asyncio.sleep(0)
        refused = [task for task in asked if task.done()]
        held.set()
        await asyncio.gather(*asked, return_exceptions=True)
        return [str(task.exception()) for task in refused]

    said = asyncio.run(ask())
    assert said == ["too many pictures are being made; ask again in a moment"] * (200 - snapshots.MOST_WAITING)


def test_a_camera_that_tells_an_impossible_size_gives_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    async def strange(*_: object) -> KeyFrame:
        return frame(70_000)

    monkeypatch.setattr(snapshots, "newest_key_frame", strange)
    with pytest.raises(NoPictureError, match="a size that no picture has"):
        asyncio.run(Snapshots(lambda _: Path("/nonexistent"), {}, 2).take(YARD, None))
