"""Recording begins at once, whatever there is to be put in order; that is done beside it."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from gstnvr.db.index import Index
from gstnvr.model.choices import Container
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Segment, SegmentState, TrackInfo, Volume
from gstnvr.model.status import RecordingPhase
from gstnvr.storage.reconcile import reconcile
from gstnvr.storage.recover import Change
from gstnvr.supervisor.index import takeover, unclaimed
from gstnvr.supervisor.places import DATABASE
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.supervisor.volumes import storage
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import create_identity
from gstnvr.volume.paths import SegmentName, segment_path
from tests.supervisor.rig import Rig, until

CAMERAS = ("barn", "gate", "pond", "yard")
OF_EACH = 750
MADE = make_segment()
LENGTH_NS = MADE.duration_ns


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 110))


def made_rows(volume: Volume, camera: str, first: int) -> list[Segment]:
    stream = StreamId(CameraId(camera), StreamKind.MAIN)
    starts = (UtcNs(first + number * LENGTH_NS) for number in range(OF_EACH))
    return [
        Segment(
            stream,
            volume.uuid,
            segment_path(SegmentName(stream, start, Container.MP4)),
            start,
            UtcNs(start + LENGTH_NS),
            SegmentState.CLOSED,
            len(MADE.content),
            MADE.frames,
            TrackInfo("h264", 1920, 1080),
        )
        for start in starts
    ]


def leave_behind(rig: Rig) -> dict[str, int]:
    """Thousands of segments: every third unknown to the index, every fiftieth without its file, the last open."""
    volume = Volume(create_identity(rig.volume, SystemClock()).uuid, str(rig.volume))
    now = SystemClock().utc_ns() // NS_PER_S * NS_PER_S
    counts = {"known": 0, "unknown": 0, "lost": 0}
    rig.data_dir.mkdir(mode=0o700)
    with Index.open(rig.data_dir / DATABASE) as index, index.writing() as writer:
        writer.ensure_volume(volume)
        for camera in CAMERAS:
            rows = made_rows(volume, camera, now - (OF_EACH + 5) * LENGTH_NS)
            for number, row in enumerate(rows):
                if number % 50 == 1:
                    counts["lost"] += 1
                    writer.segment_closed(row)
                    continue
                MADE.write(rig.volume / row.path)
                os.utime(rig.volume / row.path, (1, 1))
                if row is rows[-1]:
                    writer.segment_opened(replace(row, end=row.start, frames=0, size=0))
                elif number % 3 == 0:
                    counts["unknown"] += 1
                else:
                    counts["known"] += 1
                    writer.segment_closed(row)
    return counts


def recorded(supervisor: Supervisor) -> int:
    return sum(live.status.recording is RecordingPhase.RECORDING for live in supervisor.picture.streams())


def test_recording_begins_before_thousands_of_files_are_put_in_order(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = leave_behind(rig)
    rig.configure(*CAMERAS)
    is_recorded = threading.Event()

    def later(index: Index, volumes: list[Volume], **others: Any) -> list[Change]:
        assert is_recorded.wait(60), "reconciliation waits for recording in this test"
        return reconcile(index, volumes, **others)

    monkeypatch.setattr(storage, "reconcile", later)
    monkeypatch.setattr(unclaimed, "UNCLAIMED_S", 0.5)
    monkeypatch.setattr(storage, "_RETRY_S", 0.2)
    monkeypatch.setattr(takeover, "_RECOVERY_TIMEOUT_S", 0.2)  # as if there were many more

    async def scenario() -> None:
        began = time.monotonic()
        async with rig.running() as supervisor:
            await until(lambda: recorded(supervisor) == len(CAMERAS), "all are recorded")
            print(f"recorded after {time.monotonic() - began:.2f} s")
            is_recorded.set()
            left = counts["known"] + counts["unknown"] + len(CAMERAS)

            def closed() -> int:
                return len(supervisor.index.segments(states=[SegmentState.CLOSED]))

            async with asyncio.timeout(90):
                while closed() < left:  # noqa: ASYNC110 - the database gives no signal
                    await asyncio.sleep(0.5)
            print(f"in order after {time.monotonic() - began:.2f} s")
            assert closed() == left
            assert len(supervisor.index.segments(states=[SegmentState.MISSING])) == counts["lost"]
            lost = [gap for gap in supervisor.index.gaps() if gap.cause is GapCause.FILE_LOST]
            assert len(lost) == counts["lost"]

    run(scenario)
    assert rig.findings() == ()
