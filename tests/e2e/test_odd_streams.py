"""Streams that are odd but sound: recorded bit for bit, at the right times."""

import asyncio
import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import iter_samples
from gstnvr.lab.audit import Audit, RecordedFile
from gstnvr.model.choices import Transport
from gstnvr.model.clock import NS_PER_MS, NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Gap, Incident, Segment
from gstnvr.model.status import StreamStatistics
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec
from tests.rig.video_files import OUT_OF_ORDER, make_noise, make_slow_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SECONDS = 14.0
SEGMENT_S = 4
LEADING = 2
"""Pictures that come after the very first key frame and are shown before it; nobody can decode them."""
DEPTH = 3
"""Pictures that others overtake; at the very end some of those that come before them are missing."""


@dataclass(frozen=True, slots=True)
class Odd:
    """One camera."""

    name: str
    source: str
    orders: tuple[tuple[str, str | float], ...] = ()
    transport: Transport = Transport.TCP


SHUFFLED = tuple(Odd(name, str(path)) for name, path in OUT_OF_ORDER.items())
PATTERN = "pattern:180p25"
PARAMETER_SETS = tuple(
    Odd(f"{codec}_sets_{where}", f"pattern:180p10:{codec}", (("parameter_sets", where),))
    for codec in ("h264", "h265")
    for where in ("described", "sent")
)
PACKETS = (
    Odd("no_marker_h264", "pattern:180p10", (("no_marker", ""),)),
    Odd("no_marker_h265", "pattern:180p10:h265", (("no_marker", ""),)),
    Odd("reordered", PATTERN, (("reorder", 0.2),), Transport.UDP),
    Odd("doubled", PATTERN, (("duplicate", 0.2),), Transport.UDP),
)
CLOCKS = tuple(
    Odd(name, PATTERN, (("clock", speed),))
    for name, speed in (
        ("clock_standing", 0),
        ("clock_backwards", -1),
        ("clock_double", 2),
        ("clock_fast", 1.01),
        ("clock_slow", 0.99),
    )
)
NOISE, SLOW = "noise", "slow"
RATES = (
    Odd("one_fps", "pattern:90p1"),
    Odd("one_fps_with_sound", "pattern:90p1:h264:aac"),
    Odd("one_fps_long_group", "pattern:90p1:gop30"),
    Odd("half_fps_with_sound", SLOW),
    Odd("sixty_fps", "pattern:90p60"),
    Odd("long_group", "pattern:90p10:gop30"),
    Odd("kbit_50", "pattern:90p10:50k"),
    Odd("mbit_40", NOISE),
)
ROWS = (*SHUFFLED, *PARAMETER_SETS, *PACKETS, *CLOCKS, *RATES)
LOSSY = (
    Odd("lossy_udp", "pattern:360p25", (("loss", 0.03),), Transport.UDP),
    Odd("lossy_tcp", "pattern:360p25", (("loss", 0.03),)),
)
CAMERAS = (*ROWS, *LOSSY)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one camera."""

    segments: list[Segment]
    files: list[RecordedFile]
    found: Audit
    incidents: list[Incident]
    gaps: list[Gap]
    """But for the first connection and the end."""
    statistics: StreamStatistics
    began: UtcNs
    stopped: UtcNs


async def record(place: Path) -> Mapping[str, Recorded]:
    """All cameras side by side."""
    made = {NOISE: str(make_noise(place / "noise.mp4")), SLOW: str(make_slow_video(place / "slow.mp4", 40))}
    async with recording_rig(place, {row.name: made.get(row.source, row.source) for row in CAMERAS}) as rig:
        for row in CAMERAS:
            for what, value in row.orders:
                rig.cameras.control.do(what, row.name, value)
        specs = [
            replace(stream_spec(row.name, rig.cameras.url(row.name), SessionSettings()), transport=row.transport)
            for row in CAMERAS
        ]
        began = SystemClock().utc_ns()
        await rig.record(specs, RecordingSettings(segment_s=SEGMENT_S, sync_interval_s=1))
        await asyncio.sleep(SECONDS)
        stopped = SystemClock().utc_ns()
        statistics = {
            row.name: rig.recorder.statuses[main_stream(row.name)][-1].status.statistics for row in CAMERAS
        }
        await rig.recorder.shutdown()
        return {row.name: outcome(rig, row.name, statistics[row.name], began, stopped) for row in CAMERAS}


def outcome(rig: Rig, name: str, statistics: StreamStatistics, began: UtcNs, stopped: UtcNs) -> Recorded:
    ends = (GapCause.CONNECTING, GapCause.SHUTDOWN)
    return Recorded(
        rig.recorder.ledger.segments_of(main_stream(name)),
        rig.files(name),
        rig.audit(name),
        rig.incidents(name),
        [gap for gap in rig.gaps(name) if gap.cause not in ends],
        statistics,
        began,
        stopped,
    )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Recorded]:
    return asyncio.run(record(tmp_path_factory.mktemp("odd")))


def shown(file: RecordedFile) -> list[int]:
    """When the pictures of a file are shown, in order of decoding, after the first."""
    fd = os.open(file.path, os.O_RDONLY)
    try:
        times = [sample.time_ns for sample in iter_samples(fd, TrackKind.VIDEO)]
    finally:
        os.close(fd)
    return [time - times[0] for time in times]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_is_recorded_bit_for_bit_and_without_a_break(row: Odd, recorded: Mapping[str, Recorded]) -> None:
    camera = recorded[row.name]
    print(row.name, camera.found.video, camera.statistics)
    assert camera.found.flawless
    assert camera.incidents == []
    assert camera.gaps == []
    assert camera.statistics.reconnects == 0
    for before, after in itertools.pairwise(camera.segments):
        assert after.start == before.end


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_it_is_recorded_at_the_time_at_which_it_came(row: Odd, recorded: Mapping[str, Recorded]) -> None:
    camera = recorded[row.name]
    first, last = camera.segments[0], camera.segments[-1]
    print(row.name, [(segment.start - camera.began) / 1e9 for segment in camera.segments])
    print((last.end - camera.stopped) / 1e9)
    assert first.start >= camera.began - NS_PER_S
    assert abs(last.end - camera.stopped) < 3 * NS_PER_S


@pytest.mark.parametrize("row", SHUFFLED, ids=lambda row: row.name)
def test_pictures_out_of_order_are_shown_in_order(row: Odd, recorded: Mapping[str, Recorded]) -> None:
    files = recorded[row.name].files
    for file in files:
        times = shown(file)
        steps = [after - before for before, after in itertools.pairwise(sorted(times))]
        assert times != sorted(times)
        if file is files[0] and row.name.endswith("open_gop"):
            del steps[:LEADING]
        if file is files[-1]:
            del steps[-DEPTH:]
        assert steps == pytest.approx([100 * NS_PER_MS] * len(steps), abs=2 * NS_PER_MS)


@pytest.mark.parametrize(
    ("name", "fps", "megabits"),
    [
        ("one_fps", 1, 0),
        ("half_fps_with_sound", 0.5, 0.1),
        ("sixty_fps", 60, 0.1),
        ("kbit_50", 10, 0.05),
        ("mbit_40", 25, 40),
    ],
)
def test_rates_are_told(name: str, fps: float, megabits: float, recorded: Mapping[str, Recorded]) -> None:
    figures = recorded[name].statistics
    print(name, figures)
    assert figures.fps_minute == pytest.approx(fps, rel=0.25)
    assert figures.bitrate_minute_bps / 1e6 == pytest.approx(megabits, rel=0.4, abs=0.1)


@pytest.mark.parametrize("name", ["one_fps_with_sound", "half_fps_with_sound"])
def test_sound_of_a_slow_camera_is_kept(name: str, recorded: Mapping[str, Recorded]) -> None:
    camera = recorded[name]
    length_s = (camera.segments[-1].end - camera.segments[0].start) / NS_PER_S
    assert all(segment.tracks.audio_codec == "aac" for segment in camera.segments)
    assert camera.found.audio.units > 25 * length_s


@pytest.mark.parametrize("row", LOSSY, ids=lambda row: row.name)
def test_what_is_left_of_a_lossy_link_is_recorded_as_it_came(row: Odd, recorded: Mapping[str, Recorded]) -> None:
    camera = recorded[row.name]
    link = camera.statistics.link
    print(row.name, camera.found.video, link)
    assert link is not None
    assert link.udp == (row.transport is Transport.UDP)
    assert 0 < link.session.lost <= link.session.received * 0.1
    # A picture of which a packet is lost is missing as a whole, or is the last before the next is asked for.
    assert 0 < camera.found.missing <= link.session.lost * 2
    assert (camera.found.doubled, camera.found.altered) == (0, 0)
    assert (camera.gaps, camera.incidents, camera.statistics.reconnects) == ([], [], 0)
    for before, after in itertools.pairwise(camera.segments):
        assert after.start == before.end
