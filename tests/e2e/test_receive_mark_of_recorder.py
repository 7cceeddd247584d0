"""Data that waits in a socket for the receive mark is neither lost nor late for the stall clock."""

import asyncio
import ctypes
import os
import socket
import time
from pathlib import Path

import pytest

from gstnvr.config.settings import RecordingSettings
from gstnvr.model.clock import UtcNs
from gstnvr.recorder.sessions.receive_mark import LARGEST_BYTES, OFF, SMALLEST_BYTES
from gstnvr.simulator.behaviour import Misbehaviour
from tests.rig.camera_recorder import Rig, main_stream, recording_rig
from tests.rig.recorder_under_test import stream_spec

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

_PIDFD_GETFD = 438
MARKED_WITHIN_S = 10.0
STALL_S = (1.7, 2.3)


def receive_mark(pid: int, peer_port: int) -> int:
    """``SO_RCVLOWAT`` of a process's connection to a port, read from outside."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            if not str(entry.readlink()).startswith("socket:"):
                continue
            copy = libc.syscall(_PIDFD_GETFD, process, int(entry.name), 0)
            if copy < 0:
                raise OSError(ctypes.get_errno(), f"cannot take descriptor {entry.name} of process {pid}")
            with socket.socket(fileno=copy) as connection:
                if connection.family != socket.AF_INET:
                    continue
                if connection.getpeername()[1] == peer_port:
                    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)
    finally:
        os.close(process)
    raise AssertionError(f"process {pid} has no connection to port {peer_port}")


async def record_until_marked(rig: Rig) -> None:
    spec = stream_spec("h264", rig.cameras.url("h264"))
    await rig.record([spec], RecordingSettings(segment_s=600, sync_interval_s=0.5))
    deadline = time.monotonic() + MARKED_WITHIN_S
    while receive_mark(rig.recorder.pid, rig.cameras.port) == OFF:
        assert time.monotonic() < deadline, "the mark was never raised"
        await asyncio.sleep(0.1)


async def break_and_count(place: Path, *orders: Misbehaviour) -> None:
    async with recording_rig(place, {"h264": "pattern:360p25"}) as rig:
        await record_until_marked(rig)
        assert SMALLEST_BYTES <= receive_mark(rig.recorder.pid, rig.cameras.port) <= LARGEST_BYTES
        await asyncio.sleep(1.0)
        broken = UtcNs(time.time_ns())
        for order in orders:
            rig.cameras.control.do(order, "h264")
        sent = rig.cameras.control.status().cameras["h264"].frames_sent
        await rig.recorder.wait_for("the fault is noticed", lambda: bool(rig.incidents("h264")), 5)
        noticed_s = (rig.incidents("h264")[0].detected - broken) / 1e9
        await rig.recorder.shutdown()
        (segment,) = rig.recorder.ledger.segments_of(main_stream("h264"))
        print(f"{orders}: noticed {noticed_s:.2f} s, sent {sent}, recorded {segment.frames}")
        assert segment.frames == sent
        assert rig.audit("h264").flawless
        early, late = STALL_S if Misbehaviour.DISCONNECT not in orders else (0, 0.2)
        assert early <= noticed_s <= late


def test_the_last_frames_before_a_stall_are_recorded_and_the_stall_is_noticed_in_time(tmp_path: Path) -> None:
    asyncio.run(break_and_count(tmp_path, Misbehaviour.FREEZE))


def test_the_last_frames_before_a_hang_up_are_recorded(tmp_path: Path) -> None:
    asyncio.run(break_and_count(tmp_path, Misbehaviour.REJECT, Misbehaviour.DISCONNECT))
