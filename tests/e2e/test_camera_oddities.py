"""What cameras do that is odd but no fault interrupts nothing."""

import asyncio
import itertools
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.lab.audit import Audit
from gstnvr.model.choices import Transport
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.records import Gap, Incident, Segment
from tests.e2e.camera_fault_rows import ODDITIES, Oddity
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

BEFORE_S = 4.0
AFTER_S = 13.0
"""Sound that dies is told after 10 s."""
AUDIO_BACK_S = 3.0
ADJOINING_NS = 300_000_000
"""A jump is seen when a tick of 200 ms drains it, and frames are 100 ms apart."""
SESSION = SessionSettings(healthy_after_s=1.0)
VIDEO, AUDIO = "pattern:180p10", "pattern:180p10:h264:aac"
H265 = "pattern:180p10:h265"
SWITCHES = {
    "resolution": (VIDEO, "pattern:90p10"),
    "codec": (VIDEO, H265),
    "codec_back": (H265, VIDEO),
    "audio_added": (VIDEO, AUDIO),
    "audio_removed": (AUDIO, VIDEO),
}
MUTED = "audio_muted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one camera."""

    incidents: list[Incident]
    gaps: list[Gap]
    """But for the first connection and the end."""
    segments: list[Segment]
    found: Audit
    reconnects: int


async def be_odd(place: Path) -> dict[str, Outcome]:
    """All rows side by side in one recorder."""
    sources = {row.name: AUDIO if row.audio else VIDEO for row in ODDITIES} | {MUTED: AUDIO}
    sources |= {name: before for name, (before, _) in SWITCHES.items()}
    async with recording_rig(place, sources) as rig:
        control = rig.cameras.control
        loops = {name: [control.sequence(name)] for name in sources}
        order(rig, from_start=True)
        transports = {row.name: row.transport for row in ODDITIES}
        specs = [
            replace(
                stream_spec(name, rig.cameras.url(name), SESSION), transport=transports.get(name, Transport.TCP)
            )
            for name in sources
        ]
        await rig.record(specs, RecordingSettings(segment_s=600, sync_interval_s=1))
        await asyncio.sleep(BEFORE_S)
        order(rig, from_start=False)
        control.do("no_audio", MUTED)
        for name, (_, source) in SWITCHES.items():
            await asyncio.to_thread(control.do, "switch", name, source)
            loops[name].append(control.sequence(name))
        await asyncio.sleep(AFTER_S)
        control.clear(MUTED)
        await asyncio.sleep(AUDIO_BACK_S)
        status = {name: rig.recorder.statuses[main_stream(name)][-1].status for name in sources}
        await rig.recorder.shutdown()
        ends = (GapCause.CONNECTING, GapCause.SHUTDOWN)
        return {
            name: Outcome(
                rig.incidents(name),
                [gap for gap in rig.gaps(name) if gap.cause not in ends],
                rig.recorder.ledger.segments_of(main_stream(name)),
                rig.audit(name, *loops[name]),
                status[name].statistics.reconnects,
            )
            for name in sources
        }


def order(rig: Rig, *, from_start: bool) -> None:
    for row in ODDITIES:
        for what, value in row.orders:
            if row.from_start is from_start:
                rig.cameras.control.do(what, row.name, value)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    return asyncio.run(be_odd(tmp_path_factory.mktemp("oddities")))


def figures(name: str, outcome: Outcome) -> str:
    found = outcome.found
    gaps = ", ".join(f"{((gap.end or 0) - gap.start) / 1e9:.2f} s {gap.cause}" for gap in outcome.gaps)
    incidents = ", ".join(incident.reason for incident in outcome.incidents)
    return (
        f"{name:16} segments {len(outcome.segments)} units {found.video.units}+{found.audio.units} missing "
        f"{found.video.missing}+{found.audio.missing} doubled {found.doubled} altered {found.altered} "
        f"gaps [{gaps}] incidents [{incidents}]"
    )


@pytest.mark.parametrize("row", ODDITIES, ids=lambda row: row.name)
def test_an_odd_camera_is_recorded_without_a_break(row: Oddity, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[row.name]
    print(figures(row.name, outcome))
    assert outcome.incidents == []
    assert outcome.gaps == []
    assert outcome.reconnects == 0
    assert outcome.found.flawless
    assert len(outcome.segments) in row.segments
    for before, after in itertools.pairwise(outcome.segments):
        assert abs(after.start - before.end) <= ADJOINING_NS
    with_audio = row.audio and row.name != "no_audio"
    assert (outcome.found.audio.units > 0) == with_audio
    assert all((segment.tracks.audio_codec is not None) == with_audio for segment in outcome.segments)


def test_another_resolution_begins_another_segment(outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes["resolution"]
    print(figures("resolution", outcome))
    assert outcome.incidents == []
    assert outcome.reconnects == 0
    assert [segment.tracks.height for segment in outcome.segments] == [180, 90]
    assert gaps_by_faults(outcome) == []
    assert (outcome.found.doubled, outcome.found.altered) == (0, 0)


@pytest.mark.parametrize(("name", "codecs"), [("codec", ["h264", "h265"]), ("codec_back", ["h265", "h264"])])
def test_another_codec_is_connected_to_anew_and_nothing_is_recorded_that_cannot_be_decoded(
    name: str, codecs: list[str], outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[name]
    print(figures(name, outcome))
    (incident,) = outcome.incidents
    assert (incident.fault, incident.reason) == (Fault.DECODER, Reason.CODEC_CHANGED)
    assert incident.recovered is not None
    assert outcome.reconnects == 1
    assert [segment.tracks.video_codec for segment in outcome.segments] == codecs
    (gap,) = outcome.gaps
    assert gap.end is not None
    assert gap.cause is GapCause.STREAM_ERROR
    assert (gap.end - gap.start) / 1e9 < 4.0
    assert (outcome.found.doubled, outcome.found.altered) == (0, 0)


def test_sound_that_dies_leaves_the_video_alone_and_is_told_until_it_is_back(outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[MUTED]
    print(figures(MUTED, outcome))
    (incident,) = outcome.incidents
    assert (incident.reason, incident.severity) == (Reason.AUDIO_STALLED, Severity.LOW)
    assert (incident.detected - incident.started) / 1e9 == pytest.approx(10.0, abs=1.5)
    assert incident.recovered is not None
    assert outcome.found.video.missing == 0
    check_video_unbroken(outcome)


def test_sound_that_is_switched_off_in_the_camera_leaves_the_video_alone(outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes["audio_removed"]
    print(figures("audio_removed", outcome))
    assert [incident.reason for incident in outcome.incidents] == [Reason.AUDIO_STALLED]
    check_video_unbroken(outcome)


def test_sound_that_is_switched_on_in_the_camera_waits_for_the_next_connection(
    outcomes: dict[str, Outcome],
) -> None:
    outcome = outcomes["audio_added"]
    print(figures("audio_added", outcome))
    assert outcome.incidents == []
    assert outcome.found.audio.units == 0
    check_video_unbroken(outcome)


def gaps_by_faults(outcome: Outcome) -> list[Gap]:
    """The simulated camera itself pauses while it changes what it sends."""
    return [gap for gap in outcome.gaps if gap.cause is not GapCause.NO_PICTURES]


def check_video_unbroken(outcome: Outcome) -> None:
    assert gaps_by_faults(outcome) == []
    assert outcome.reconnects == 0
    video = outcome.found.video
    assert (video.doubled, video.altered) == (0, 0)
