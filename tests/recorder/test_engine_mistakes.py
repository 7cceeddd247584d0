"""Exceptions that nobody expected, wherever they come up, stop one recording for a moment and nothing for good."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from gstnvr.model.clock import NS_PER_S
from gstnvr.model.faults import Fault, GapCause, Reason
from gstnvr.recorder.segments.recording import Recording
from gstnvr.recorder.segments.salvage import plan_resumption
from gstnvr.recorder.segments.segment_file import SegmentFile
from gstnvr.testing.media import number_in
from gstnvr.testing.writer import FakeWriter
from tests.rig.engine_rig import EngineRig, play


def mistaken(function: Callable[..., Any], camera: str, times: int, after: int) -> Callable[..., Any]:
    """The function, but for some calls about one camera that raise."""
    calls = 0

    def wrapped(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        if camera in _subject(arguments):
            calls += 1
            if after < calls <= after + times:
                raise ZeroDivisionError("a mistake")
        return function(*arguments, **named)

    return wrapped


def _subject(arguments: tuple[Any, ...]) -> str:
    first = arguments[0]
    if isinstance(first, SegmentFile):
        return first.path
    return str(first._stream) if isinstance(first, Recording) else "door"


@pytest.mark.parametrize(
    "place",
    [
        (SegmentFile, "feed", 15),
        (SegmentFile, "finish", 1),
        (SegmentFile, "sync", 1),
        (SegmentFile, "is_stuck", 3),
        (Recording, "_plan", 3),
        (Recording, "_hand_over", 1),
    ],
)
def test_a_mistake_while_recording_costs_nothing_and_disturbs_nobody(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    place: tuple[type, str, int],
) -> None:
    owner, name, after = place

    async def story(rig: EngineRig) -> None:
        rig.add()
        rig.add("yard")
        monkeypatch.setattr(owner, name, mistaken(getattr(owner, name), "door", 1, after))
        await rig.configure()
        await rig.until(rig.incidents, "the mistake being noticed")
        await rig.until_closed(len(rig.closed()) + 3)
        await rig.until_closed(3, "yard")
        assert rig.status().generation == rig.status("yard").generation == 1

    rig = play(tmp_path, story)
    rig.check_closed_files()
    rig.check_nothing_missing()
    rig.check_nothing_missing("yard")
    assert rig.gaps()[1:-1] == []
    (incident,) = rig.incidents()
    assert (incident.fault, incident.camera) == (Fault.UNKNOWN, "door")
    assert incident.recovered is not None
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_a_file_that_cannot_be_repaired_by_mistake_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(rig: EngineRig) -> None:
        rig.add()
        monkeypatch.setattr(FakeWriter, "push", mistaken(FakeWriter.push, "door", 1, 5))
        monkeypatch.setattr(
            "gstnvr.recorder.segments.broken.plan_resumption", mistaken(plan_resumption, "door", 1000, 0)
        )
        await rig.configure()
        await rig.until(rig.incidents, "the mistake being noticed")
        await rig.until_closed(2)

    rig = play(tmp_path, story)
    rig.check_closed_files()
    assert rig.incidents()[0].recovered is not None
    assert len(rig.segments()) > len(rig.closed()), "one is left open for the next start"


@pytest.mark.parametrize("sync_interval_s", [0.5, 6], ids=["much_is_on_the_disk", "all_is_in_memory"])
def test_what_the_muxer_refuses_time_and_again_is_left_out(tmp_path: Path, sync_interval_s: float) -> None:
    async def story(rig: EngineRig) -> None:
        camera = rig.add()
        refused = camera.video_number() + 55
        rig.media.faults.refuses = lambda unit: number_in(cast(bytes, unit.payload)) == refused
        await rig.configure(segment_s=60, sync_interval_s=sync_interval_s)
        await rig.until(lambda: rig.numbers()[-1:] > [refused + 10], "a recording of what follows")
        await rig.until(lambda: rig.incidents()[0].recovered, "the incident being over")

    rig = play(tmp_path, story)
    rig.check_closed_files()
    numbers = rig.numbers()
    [(before, after)] = [(one, other) for one, other in itertools.pairwise(numbers) if other != one + 1]
    assert (before + 1) % 10 == 0
    assert after == before + 11, "one group of pictures, and no more"
    (incident,) = rig.incidents()
    assert (incident.fault, incident.reason) == (Fault.RECORDING_BRANCH, Reason.MUXER)
    gap = rig.gaps()[1]
    assert gap.cause is GapCause.INTERNAL
    assert gap.end is not None
    assert (gap.end - gap.start) / NS_PER_S == pytest.approx(1.0, abs=0.05)
