"""How many reconnects are saved by bearing a slow link, against a session that knows nothing of it."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.model.faults import GapCause, Reason
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.jittery_link import jittery_link
from tests.rig.recorder_under_test import stream_spec
from tests.rig.video_files import make_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

GRACES = {"with": 10.0, "without": 0.0}
SHORT_S, LONG_S = 25.0, 300.0
SEEDS = range(1, 7)


@dataclass(frozen=True, slots=True)
class Count:
    """Over all links, with one of the graces."""

    losses: int
    """Sessions that ended."""
    attempts: int
    """Connections tried after the first."""
    gap_s: float
    clock_jumps: int


async def endure(place: Path, seconds: float) -> dict[str, Count]:
    """Record each camera twice over two links of the same weather."""
    names = {grace: [f"{grace}_{seed}" for seed in SEEDS] for grace in GRACES}
    video = make_video(place / "camera.mp4", seconds=20, fps=10, height=720)
    async with recording_rig(place, {"camera": str(video)}) as rig, AsyncExitStack() as stack:
        began = asyncio.get_running_loop().time()
        specs = []
        for grace, grace_s in GRACES.items():
            session = SessionSettings(buffering_grace_s=grace_s, healthy_after_s=2.0)
            for name, seed in zip(names[grace], SEEDS, strict=True):
                port, _ = await stack.enter_async_context(jittery_link(rig.cameras.port, seed, began))
                specs.append(stream_spec(name, f"rtsp://127.0.0.1:{port}/camera", session))
        await rig.record(specs, RecordingSettings(segment_s=600, sync_interval_s=5))
        await asyncio.sleep(seconds)
        counts = {grace: count(rig, group) for grace, group in names.items()}
        await rig.recorder.shutdown()
    return counts


def count(rig: Rig, names: list[str]) -> Count:
    ends = (GapCause.CONNECTING, GapCause.SHUTDOWN)
    incidents = [one for name in names for one in rig.incidents(name) if one.reason is not Reason.SLOW_LINK]
    gaps = [gap for name in names for gap in rig.gaps(name) if gap.cause not in ends and gap.end is not None]
    statuses = [rig.recorder.statuses[main_stream(name)][-1].status for name in names]
    return Count(
        losses=len(incidents),
        attempts=sum(status.generation - 1 for status in statuses),
        gap_s=sum((gap.end or 0) - gap.start for gap in gaps) / 1e9,
        clock_jumps=sum(gap.cause is GapCause.CLOCK_JUMP for gap in gaps),
    )


def check(counts: dict[str, Count], seconds: float) -> None:
    bearing, ignoring = counts["with"], counts["without"]
    saved = 1 - bearing.attempts / max(1, ignoring.attempts)
    print(f"{len(SEEDS)} links for {seconds:g} s, seeds {SEEDS.start} to {SEEDS.stop - 1}")
    for name, each in (("bears a slow link", bearing), ("ignores it", ignoring)):
        print(
            f"{name:18} sessions lost {each.losses:3}  connections tried again {each.attempts:3}  "
            f"missing {each.gap_s:6.1f} s"
        )
    print(f"saved {saved:.0%}")
    assert ignoring.attempts > 0
    assert saved >= 0.5
    assert bearing.gap_s <= ignoring.gap_s
    assert bearing.clock_jumps == 0


def test_half_of_the_reconnects_are_saved(tmp_path: Path) -> None:
    check(asyncio.run(endure(tmp_path, SHORT_S)), SHORT_S)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_half_of_the_reconnects_are_saved_for_long(tmp_path: Path) -> None:
    check(asyncio.run(endure(tmp_path, LONG_S)), LONG_S)
