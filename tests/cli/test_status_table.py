"""What the table of streams shows, as text of a terminal."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from gstnvr.cli.status_table import LEAST_WIDTH, StatusRow, row_from_status, status_view
from gstnvr.model.clock import NS_PER_S, UtcNs
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.status import RecordingPhase, SessionPhase
from tests.api.rig import CONNECTED, NOW, REFUSED, WAITING

YARD = row_from_status(CONNECTED, "Yard", NOW, 192.0)
GATE = row_from_status(WAITING, "Gate", NOW, 41.0)


def shown(*rows: StatusRow, width: int = LEAST_WIDTH) -> list[str]:
    screen = io.StringIO()
    Console(file=screen, width=width, force_terminal=False).print(status_view(rows, "gstnvr", ["a note"]))
    lines = [line.rstrip() for line in screen.getvalue().splitlines()]
    assert all(len(line) <= width for line in lines)
    return lines


def line_of(name: str, lines: list[str]) -> str:
    return next(line for line in lines if line.startswith(f" {name} "))


def test_a_connected_stream_with_its_figures() -> None:
    line = line_of("Yard", shown(YARD))
    assert " ".join(line.split()) == "Yard ● connected ● rec 1920x1080 h264 25.0 4.00 0.0s 2 3m 12s"


def test_a_stream_that_waits_counts_down_and_says_why() -> None:
    lines = shown(GATE)
    line = " ".join(line_of("Gate", lines).split())
    assert line == "Gate ↻ reconnecting in 12 s ○ waiting - - - - 4 41s"
    assert " Gate: 192.0.2.1 port 554 refuses the connection (attempt 3)" in lines


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason.UNAUTHORIZED, "✖ wrong password, 12 s"),
        (Reason.NOT_FOUND, "✖ no such stream, 12 s"),
        (Reason.MISSING_ELEMENT, "✖ plugin missing, 12 s"),
    ],
)
def test_what_needs_a_person_says_so(reason: Reason, text: str) -> None:
    status = replace(WAITING, fault=replace(REFUSED, reason=reason))
    assert text in line_of("Gate", shown(row_from_status(status, "Gate", NOW)))


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault.DISK_FULL, "▲ disk full"),
        (Fault.STORAGE_DISCONNECTED, "▲ storage"),
        (Fault.RECORDING_BRANCH, "▲ blocked"),
    ],
)
def test_storage_that_takes_nothing(fault: Fault, text: str) -> None:
    report = FaultReport(fault, Reason.NO_SPACE, Severity.HIGH, "/srv/video: no space left")
    status = replace(CONNECTED, recording=RecordingPhase.BLOCKED, fault=report, buffered_s=12.4)
    lines = shown(row_from_status(status, "Yard", NOW))
    assert f"● connected            {text}" in line_of("Yard", lines)
    assert " Yard: /srv/video: no space left (12 s kept in memory)" in lines


def test_an_attempt_under_way_has_no_countdown() -> None:
    status = replace(WAITING, session=SessionPhase.CONNECTING, next_retry=None)
    assert "↻ reconnecting         ○" in line_of("Gate", shown(row_from_status(status, "Gate", NOW)))


def test_a_countdown_never_goes_below_zero() -> None:
    late = UtcNs(NOW + 60 * NS_PER_S)
    assert "in 0 s" in line_of("Gate", shown(row_from_status(WAITING, "Gate", late)))


def test_sums_and_notes() -> None:
    lines = shown(YARD, replace(YARD, missing_s=None), GATE)
    assert " 3 streams · 2 connected · 1 recording" not in lines
    assert " 3 streams · 2 connected · 2 recording · 8.0 Mbit/s · 3m 53s missing in the last 24 h" in lines
    assert lines[-1] == " a note"


def test_sub_streams_are_told_from_main_ones() -> None:
    sub = replace(CONNECTED, stream=StreamId(CameraId("yard"), StreamKind.SUB))
    assert any(line.startswith(" Yard (sub) ") for line in shown(row_from_status(sub, "Yard", NOW)))


def test_only_long_names_are_cut_off() -> None:
    long = replace(GATE, camera_name="The long way round to the garage")
    lines = shown(YARD, long)
    heads = next(line for line in lines if "Camera" in line)
    assert " ".join(heads.split()) == "Camera State Recording Video fps Mbit/s Frame Reconn Missing"
    cut = next(line for line in lines if "…" in line)
    assert "↻ reconnecting in 12 s ○ waiting" in cut
    assert any(" The long way round to t" in line for line in shown(YARD, long, width=140))


def test_a_narrow_terminal_keeps_names_and_states() -> None:
    lines = shown(YARD, width=80)
    assert " ".join(line_of("Yard", lines).split()) == "Yard ● connected ● rec 1920x1080 h264 25.0 3m 12s"
    assert not any("Mbit/s" in line for line in lines[:4])


def test_no_name_or_message_commands_the_terminal() -> None:
    report = replace(REFUSED, message="\x1b[2Jgone\nnew line [bold]")
    status = replace(WAITING, fault=report)
    text = "\n".join(shown(row_from_status(status, "[red]\x1b]0;title\x07", NOW)))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]" in text
    assert "new line [bold]" in text
