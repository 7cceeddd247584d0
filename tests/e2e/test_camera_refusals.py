"""A camera that cannot be recorded from the start is asked again until it can, and its fault is named right."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings, SessionSettings
from gstnvr.ipc.messages import StreamSpec
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason
from gstnvr.model.records import Gap, Incident
from gstnvr.model.status import SessionPhase, StreamStatus
from tests.e2e.camera_fault_rows import REFUSALS, Refusal
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.ports import free_port
from tests.rig.recorder_under_test import stream_spec
from tests.rig.video_files import make_video

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SESSION = SessionSettings(
    reconnect_delay_s=1, reconnect_max_delay_s=2, reconnect_jitter=False, first_frame_timeout_s=3
)
REFUSED_FOR_S = 9.0
LONGEST_ATTEMPT_S = 4.5
"""Probe and first frame time out."""
AGAIN_WITHIN_S = SESSION.reconnect_max_delay_s + LONGEST_ATTEMPT_S

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one camera."""

    asked: UtcNs
    """When the recorder was told to record it."""
    back: UtcNs
    before: StreamStatus
    """Just before it was back."""
    incidents: list[Incident]
    gaps: list[Gap]
    starts: list[UtcNs]
    attempts_at_once: int
    """Most viewers that it had at one moment."""


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.readline():
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    writer.close()


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while await reader.read(1000):
            pass
    writer.close()


@contextlib.asynccontextmanager
async def stranger(handler: Handler | None) -> AsyncIterator[tuple[int, Callable[[], None]]]:
    """Something that is not a camera; None: nothing listens. Its port, and what ends it."""
    if handler is None:
        yield free_port(), lambda: None
        return
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], server.close
    finally:
        server.close()


STRANGERS: tuple[tuple[Refusal, Handler | None], ...] = tuple(
    (Refusal(name, (), Fault.RTSP_NETWORK, reason, GapCause.NETWORK), handler)
    for name, reason, handler in (
        ("web_server", Reason.NOT_RTSP, speak_http),
        ("says_nothing", Reason.NO_ANSWER, say_nothing),
        ("nobody", Reason.REFUSED, None),
    )
)


async def refuse_and_recover(place: Path, video: str) -> dict[str, Outcome]:
    """All rows side by side in one recorder."""
    async with contextlib.AsyncExitStack() as stack:
        rig = await stack.enter_async_context(recording_rig(place, {row.name: video for row in REFUSALS}))
        ports = {row.name: await stack.enter_async_context(stranger(handler)) for row, handler in STRANGERS}
        for row in REFUSALS:
            for what, value in row.orders:
                rig.cameras.control.do(what, row.name, value)
        specs = [stream_spec(row.name, rig.cameras.url(row.name), SESSION) for row in REFUSALS]
        specs += [
            stream_spec(name, f"rtsp://127.0.0.1:{port}/{name}", SESSION) for name, (port, _) in ports.items()
        ]
        asked = UtcNs(time.time_ns())
        await rig.recorder.configure(specs, rig.volume, RecordingSettings(segment_s=600))
        most = await watch_viewers(rig, REFUSED_FOR_S)
        before = {spec.stream: rig.recorder.statuses[spec.stream][-1].status for spec in specs}
        back = {}
        for name, (port, close) in ports.items():
            close()
            await asyncio.to_thread(stack.enter_context, SimulatedCameras({name: video}, port=port))
            back[name] = UtcNs(time.time_ns())
        rig.cameras.control.clear()
        back |= {row.name: UtcNs(time.time_ns()) for row in REFUSALS}
        await wait_until_recorded(rig, specs)
        await rig.recorder.shutdown()
        return {
            name: Outcome(
                asked,
                back[name],
                before[main_stream(name)],
                rig.incidents(name),
                [gap for gap in rig.gaps(name) if gap.cause is not GapCause.SHUTDOWN],
                [file.start for file in rig.files(name)],
                most.get(name, 0),
            )
            for name in back
        }


async def watch_viewers(rig: Rig, seconds: float) -> dict[str, int]:
    most: dict[str, int] = {}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for name, camera in rig.cameras.control.status().cameras.items():
            most[name] = max(most.get(name, 0), len(camera.clients))
        await asyncio.sleep(0.05)
    return most


async def wait_until_recorded(rig: Rig, specs: list[StreamSpec]) -> None:
    """But for those that may not be asked again so soon."""
    patient = {main_stream(row.name) for row in REFUSALS if row.least_delay_s}
    streams = [spec.stream for spec in specs if spec.stream not in patient]
    ledger = rig.recorder.ledger
    await rig.recorder.wait_for(
        "all are recorded", lambda: all(ledger.segments_of(stream) for stream in streams), AGAIN_WITHIN_S + 10
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    place = tmp_path_factory.mktemp("refusals")
    return asyncio.run(refuse_and_recover(place, str(make_video(place / "video.mp4", seconds=20))))


@pytest.mark.parametrize("row", [*REFUSALS, *(row for row, _ in STRANGERS)], ids=lambda row: row.name)
def test_a_camera_that_cannot_be_recorded(row: Refusal, outcomes: dict[str, Outcome]) -> None:
    found = outcomes[row.name]
    incident, gap = found.incidents[0], found.gaps[0]
    again = (found.starts[0] - found.back) / 1e9 if found.starts else None
    noticed = (incident.detected - found.asked) / 1e9
    print(
        f"{row.name:14} noticed {noticed:5.2f} s {incident.fault} {incident.reason} attempts {incident.attempts}, "
        f"again {again and round(again, 2)} s, gap {gap.cause}"
    )
    assert [(one.fault, one.reason) for one in found.incidents] == [(row.fault, row.reason)]
    assert [one.cause for one in found.gaps] == [row.cause]
    assert gap.incident == incident.uid
    assert found.before.fault is not None
    assert found.before.fault.reason is row.reason
    assert found.attempts_at_once <= 1
    if row.least_delay_s:
        assert found.before.session is SessionPhase.BACKING_OFF
        assert found.before.next_retry is not None
        assert (found.before.next_retry - incident.detected) / 1e9 >= row.least_delay_s - 0.1
        return
    assert incident.attempts >= 2
    assert again is not None
    assert again <= AGAIN_WITHIN_S
    assert incident.recovered is not None
    assert gap.end == found.starts[0]
