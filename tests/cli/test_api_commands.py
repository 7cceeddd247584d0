"""The commands that ask a running gstnvr, against a real server."""

import contextlib
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.model.faults import Fault, FaultReport, GapCause, Reason, Severity
from gstnvr.model.records import SegmentState
from gstnvr.model.status import VolumeState
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import (
    CONNECTED,
    GATE,
    RECORDER,
    TOKEN,
    WAITING,
    YARD,
    RunningServer,
    World,
    at,
    running,
)
from tests.cli.running import Run, run
from tests.rig.waiting import wait_until

__all__ = ["run", "server", "shared_server", "world"]


START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " from gstnvr.cli.main import main; sys.exit(main())"
)
"""Ctrl-C counts, also where tests run in the background and have it ignored."""


@pytest.fixture
def nowhere() -> str:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_status_shows_every_stream_what_is_wrong_and_what_is_missing(world: World, run: Run) -> None:
    world.streams = [LiveStream("Yard", CONNECTED), LiveStream("Gate", WAITING)]
    world.add_gap(at("10:00:00"), at("10:03:12"), GapCause.NETWORK)
    world.add_incident(at("11:59:00"), None, stream=GATE)
    ran = run("status")
    assert (ran.code, ran.err) == (0, "")
    yard, gate = (next(line for line in ran.lines if line.startswith(f" {name} ")) for name in ("Yard", "Gate"))
    assert yard.endswith("3m 12s")
    assert "↻ reconnecting in 12 s" in gate
    assert " Gate: 192.0.2.1 port 554 refuses the connection (attempt 3)" in ran.lines
    assert ran.lines[-1].startswith(" last incident 2026-11-21 11:59:00  gate: 192.0.2.1 port 554 refuses")
    assert ran.lines[-1].endswith("(it lasts)")


def test_status_shows_volumes_and_why_nothing_is_written_to_one(world: World, run: Run) -> None:
    reason = "volume /srv/b is not mounted; mount or plug in the disk that belongs there"
    gone = FaultReport(Fault.STORAGE_DISCONNECTED, Reason.VOLUME_MISSING, Severity.HIGH, reason)
    world.volumes = [
        VolumeView("/srv/a", "uuid-a", VolumeState.GOOD, None, 3_000_000_000, 8_000_000_000, (YARD,)),
        VolumeView("/srv/b", "uuid-b", VolumeState.FAILING, gone),
    ]
    ran = run("status")
    lines = [line.split() for line in ran.lines]
    assert ["/srv/a", "good", "3.0", "GB", "8.0", "GB", "1", "stream"] in lines
    assert ["/srv/b", "failing", "-", "-", "-"] in lines
    assert ran.lines[-1] == f" /srv/b: {reason}"


def test_status_as_json_is_what_the_api_says(server: RunningServer, run: Run) -> None:
    ran = run("status", "--json")
    said = server.json("streams")
    assert ran.document["streams"][0]["statistics"] == said["streams"][0]["statistics"]
    assert set(ran.document["streams"][0]) == set(said["streams"][0])


def test_status_without_the_database_still_shows_the_streams(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.index, "recordings", fail)
    ran = run("status")
    assert ran.code == 0
    assert any("● connected" in line for line in ran.lines)
    assert ran.lines[-1].startswith(" what is missing is not known: ")


def test_status_is_either_watched_or_json(run: Run) -> None:
    ran = run("status", "--watch", "--json")
    assert (ran.code, ran.out) == (2, "")


def test_recordings_and_gaps_in_order_with_causes_and_totals(world: World, run: Run) -> None:
    world.add_segment(at("09:00:00"), at("09:01:00"))
    world.add_segment(at("09:01:00"), at("09:02:00"))
    world.add_gap(at("09:02:00"), at("09:02:30"), GapCause.NETWORK)
    world.add_segment(at("09:02:30"), at("11:59:55"), state=SegmentState.OPEN)
    ran = run("recordings", "yard", "--from", "2026-11-21", "--to", "2026-11-21T12:00")
    assert (ran.code, ran.err) == (0, "")
    assert ran.lines == [
        " yard (main)  2026-11-21 00:00:00 to 2026-11-21 12:00:00 UTC",
        "",
        " 2026-11-21",
        "   09:00:00 - 09:02:00  2m 00s  ● recorded   2 segments, 2.0 kB",
        "   09:02:00 - 09:02:30     30s  ✖ missing    network: connection refused",
        "   09:02:30 - now       2h 57m  ● recording  1 segment, 1.0 kB",
        "",
        " 2h 59m recorded · 30s missing (network 30s)",
    ]


def test_recordings_over_midnight_name_both_days(world: World, run: Run) -> None:
    day = 24 * 3600 * 1_000_000_000
    world.add_segment(type(at("09:00:00"))(at("09:00:00") - day), type(at("09:01:00"))(at("09:01:00") - day))
    world.add_segment(at("09:00:00"), at("09:01:00"))
    lines = run("recordings", "yard", "--from", "2026-11-19").lines
    assert [line for line in lines if line.startswith(" 2026-")] == [" 2026-11-20", " 2026-11-21"]


def test_recordings_as_json(world: World, run: Run) -> None:
    world.add_segment(at("09:00:00"), at("09:01:00"))
    document = run("recordings", "yard", "--from", "2026-11-21T08:00", "--json").document
    assert (document["from"], document["totals"]["recorded_s"]) == ("2026-11-21T08:00:00Z", 60.0)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["recordings", "cellar"], "there is no camera 'cellar'"),
        (["recordings", "yard", "--from", "soon"], "'soon'"),
        (["recordings", "yard", "--from", "2026-11-21T10:00", "--to", "2026-11-21T09:00"], "from: must be before"),
        (["recordings"], "'camera'"),
        (["incidents", "--limit", "0"], "--limit"),
    ],
)
def test_wrong_usage_is_one_line_on_stderr(run: Run, arguments: list[str], text: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err
    assert ran.err.count("\n") == 1


def test_incidents_newest_first(world: World, run: Run) -> None:
    world.add_incident(at("10:00:00"), at("10:00:30"))
    world.add_incident(at("11:59:00"), None, stream=GATE)
    first, second = (line for line in run("incidents").lines if line.startswith(" 2026-"))
    assert first.split()[:6] == ["2026-11-21", "11:59:00", "1m", "00s", "…", "gate/main"]
    assert second.split()[:6] == ["2026-11-21", "10:00:00", "30s", "yard/main", "RTSP_NETWORK", "3"]
    assert "192.0.2.1 port 554" in second


def test_incidents_are_filtered(world: World, run: Run) -> None:
    world.add_incident(at("10:00:00"), at("10:00:30"))
    world.add_incident(at("11:59:00"), None, stream=GATE)
    assert [one["camera"] for one in run("incidents", "--open", "--json").document["incidents"]] == ["gate"]
    assert [one["camera"] for one in run("incidents", "--camera", "yard", "--json").document["incidents"]] == [
        "yard"
    ]
    assert run("incidents", "--to", "2026-11-21T09:00").lines == ["no incidents"]


@pytest.mark.parametrize("command", [["status"], ["status", "--watch"], ["recordings", "yard"], ["incidents"]])
def test_not_running_is_one_line_and_exit_code_4(run: Run, nowhere: str, command: list[str]) -> None:
    ran = run(*command, "--url", nowhere)
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == f"gstnvr: gstnvr is not running at {nowhere}; start it with: gstnvr run\n"


class Terminal:
    """A command on a terminal of its own, and all that it has shown."""

    def __init__(self, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        environment = os.environ | {"COLUMNS": "100", "LINES": "40", "TERM": "xterm"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment
        )
        os.close(slave)
        self._seen = bytearray()
        self._shown = 0
        """Up to here it was waited for."""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        """All the time, as a terminal does: a program that is not read from comes to a stop."""
        with contextlib.suppress(OSError):  # the command has ended
            while piece := os.read(self._master, 65_536):
                self._seen.extend(piece)

    def wait_for(self, text: str) -> None:
        """Return when the command shows this, after what was waited for before."""

        sought = text.encode()
        wait_until(lambda: self._seen.find(sought, self._shown) >= 0)
        self._shown = self._seen.find(sought, self._shown) + len(sought)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reading.join()
        os.close(self._master)


@pytest.mark.e2e
def test_watch_shows_changes_outlives_an_outage_and_ends_with_control_c(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GSTNVR_TOKEN", TOKEN)
    with running(world.app()) as server:
        port = server.server.port
        terminal = Terminal("status", "--watch", "--url", server.url)
        terminal.wait_for("● connected")
        world.streams = [LiveStream("Yard", replace(WAITING, stream=CONNECTED.stream))]
        terminal.wait_for("↻ reconnecting in 12 s")
    try:
        terminal.wait_for("is not running")
        terminal.wait_for("trying again")
        with running(world.app(), port):
            terminal.wait_for("↻ reconnecting in 12 s")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(timeout=60) == 0
    finally:
        terminal.close()


def test_recorders_are_restarted_and_waited_for(world: World, run: Run) -> None:
    ran = run("restart-recorders")
    assert (ran.code, ran.lines, ran.err) == (0, ["recorder processes to replace: 1", "done"], "")
    assert world.restarts == 1


def test_a_recorder_that_could_not_be_replaced_is_named(world: World, run: Run) -> None:
    world.recorders = [replace(RECORDER, pid=4712)]
    ran = run("restart-recorders")
    assert ran.code == 1
    assert "recorder-0: no other process could be started" in ran.err


def test_a_restart_that_takes_long_goes_on_by_itself(world: World, run: Run) -> None:
    world.recorders = [replace(RECORDER, being_replaced=True)]
    ran = run("restart-recorders", "--timeout", "0")
    assert ran.code == 1
    assert "still being replaced" in ran.err
