"""A recorder without cameras: speaks the protocol, writes real files, and misbehaves as a file tells it to."""

import argparse
import asyncio
import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

from gstnvr import __version__
from gstnvr.ipc.connection import RecorderConnection, listen
from gstnvr.ipc.messages import (
    PROTOCOL_VERSION,
    Acknowledge,
    Configure,
    Event,
    Finished,
    HandedOver,
    HandOver,
    Hello,
    IncidentChanged,
    OutageChanged,
    Place,
    RecorderEvent,
    SegmentClosed,
    SegmentGrown,
    SegmentOpened,
    Shutdown,
    StatusReport,
    StreamSpec,
)
from gstnvr.model.choices import Container
from gstnvr.model.clock import SystemClock, UtcNs
from gstnvr.model.faults import Fault, GapCause, Reason, Severity
from gstnvr.model.ids import Generation, StreamId
from gstnvr.model.records import Incident, Outage, Segment, SegmentState, TrackInfo
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatistics, StreamStatus
from gstnvr.testing.segments import make_segment
from gstnvr.volume.identity import IdentityMissingError, read_identity
from gstnvr.volume.paths import SegmentName, segment_path

CLOCK = SystemClock()
KILLER = "killer"
"""A camera of this name crashes whoever records it."""
CONTENT = make_segment(frames=5, finished=False)


class FakeRecorder:
    def __init__(self, socket: Path, mode: set[str]) -> None:
        self.socket = socket
        self.mode = mode
        self.segments: dict[StreamId, Segment | None] = {}
        self.outbox: list[Event] = []
        self.number = 0
        self.news = asyncio.Event()
        self.ending = asyncio.Event()
        self.connection: RecorderConnection | None = None
        self.started = CLOCK.utc_ns()
        self.standby: set[StreamId] = set()

    def tell(self, body: RecorderEvent) -> None:
        self.number += 1
        self.outbox.append(Event(self.number, body))
        self.news.set()

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        self.take_memory()
        if "kernel" in self.mode:
            threading.Thread(target=self.wait_in_the_kernel, daemon=True).start()
        loop.add_signal_handler(signal.SIGTERM, self.ending.set)
        loop.add_signal_handler(signal.SIGUSR1, self.tell_incidents)
        loop.add_signal_handler(signal.SIGUSR2, self.read_mode)
        listener = await listen(self.socket, self.serve)
        self.socket.with_suffix(".pid").write_text(str(os.getpid()))
        await self.ending.wait()
        if "stuck" in self.mode:
            await asyncio.sleep(3600)
        for stream in list(self.segments):
            self.finish(stream, GapCause.SHUTDOWN)
        for _ in range(200):
            if not self.outbox:
                break
            await asyncio.sleep(0.01)
        if self.connection is not None:
            await self.connection.send(Finished())
        await listener.close()
        return 0

    def read_mode(self) -> None:
        self.mode = mode_of(self.socket)

    def take_memory(self) -> None:
        megabytes = {"leak": 60, "flood": 200}
        self.memory = [bytes([1]) * (megabytes[word] << 20) for word in self.mode & megabytes.keys()]

    def wait_in_the_kernel(self) -> None:
        """For a file system in user space: not even SIGKILL ends that."""
        os.open(self.socket.with_suffix(".disk").read_text(), os.O_RDONLY)

    def tell_incidents(self) -> None:
        now = CLOCK.utc_ns()
        for stream in self.segments:
            uid = f"incident-{os.getpid()}-{self.number}"
            fault, reason = Fault.RTSP_NETWORK, Reason.REFUSED
            self.tell(
                IncidentChanged(
                    Incident(uid, stream.camera, stream, fault, reason, Severity.HIGH, "refused", "", now, now)
                )
            )

    async def serve(self, connection: RecorderConnection) -> None:
        before, self.connection = self.connection, connection
        if before is not None:
            await before.close()
        protocol = PROTOCOL_VERSION + bool({"foreign", "unknown"} & self.mode)
        version = "0.0.1" if "older" in self.mode else __version__
        told = [] if "unknown" in self.mode else [str(stream) for stream in self.segments]
        await connection.send(Hello(protocol, version, os.getpid(), self.started, told))
        speaking = [
            asyncio.create_task(self.report(connection)),
            asyncio.create_task(self.send_events(connection)),
        ]
        while (message := await connection.receive()) is not None:
            match message:
                case Configure():
                    self.configure(message)
                case Acknowledge(number=number):
                    self.outbox = [event for event in self.outbox if event.number > number]
                case HandOver() if "deaf" in self.mode:
                    continue
                case HandOver(streams, at_once):
                    with self.socket.with_suffix(".handed").open("a") as handed:
                        handed.write(json.dumps([*map(str, streams), at_once]) + "\n")
                    for stream in streams:
                        await connection.send(HandedOver(stream, self.let_go(stream)))
                case Shutdown():
                    self.ending.set()
        for task in speaking:
            task.cancel()

    async def report(self, connection: RecorderConnection) -> None:
        while "silent" not in self.mode:
            statuses = [
                StreamStatus(
                    stream,
                    self.session(stream),
                    RecordingPhase.RECORDING if segment is not None else RecordingPhase.OFF,
                    Generation(1),
                    CLOCK.utc_ns(),
                    StreamStatistics(frames=100),
                    segment_path=segment.path if segment is not None else None,
                    volume=segment.volume if segment is not None else None,
                )
                for stream, segment in self.segments.items()
            ]
            worn_out = "worn" in self.mode
            await connection.send(StatusReport(statuses, sorted(self.standby), worn_out))
            await asyncio.sleep(0.1)

    async def send_events(self, connection: RecorderConnection) -> None:
        sent = 0
        while True:
            self.news.clear()
            for event in [event for event in self.outbox if event.number > sent]:
                await connection.send(event)
                sent = event.number
            await self.news.wait()

    def configure(self, wanted: Configure) -> None:
        note = {
            "streams": {
                str(spec.stream): [outage.cause for outage in spec.open_outages] for spec in wanted.streams
            },
            "connects": wanted.recorder.max_concurrent_connects,
            "volume": wanted.volumes[0].uuid,
            "volumes": [(volume.uuid, volume.path) for volume in wanted.volumes],
            "policy": wanted.policy,
            "pid": os.getpid(),
            "record": {str(spec.stream): spec.record for spec in wanted.streams},
            "since": {str(spec.stream): spec.record_since for spec in wanted.streams},
            "standby": sorted(str(spec.stream) for spec in wanted.streams if spec.standby),
            "resume": {str(spec.stream): spec.resume.at for spec in wanted.streams if spec.resume is not None},
        }
        with self.socket.with_suffix(".told").open("a") as told:
            told.write(json.dumps(note) + "\n")
        if any(spec.stream.camera == KILLER for spec in wanted.streams):
            os.kill(os.getpid(), signal.SIGSEGV)
        specs = {spec.stream: spec for spec in wanted.streams}
        for stream in [stream for stream in self.segments if stream not in specs]:
            self.finish(stream, GapCause.SWITCHED_OFF)
            del self.segments[stream]
        self.standby = {spec.stream for spec in wanted.streams if spec.standby}
        for spec in wanted.streams:
            if not spec.record and self.segments.get(spec.stream) is not None:
                self.finish(spec.stream, spec.off_cause)
                self.segments[spec.stream] = None
            if self.segments.get(spec.stream) is None:
                self.segments[spec.stream] = self.begin(spec, wanted) if spec.record and not spec.standby else None

    def begin(self, spec: StreamSpec, wanted: Configure) -> Segment | None:
        volume = wanted.volumes[0]
        root = Path(volume.path)
        try:
            usable = read_identity(root).uuid == volume.uuid
        except IdentityMissingError:
            usable = False
        if not usable:
            return None
        now = CLOCK.utc_ns() if spec.resume is None else spec.resume.at
        for outage in spec.open_outages:
            self.tell(OutageChanged(replace(outage, end=now)))
        path = segment_path(SegmentName(spec.stream, now, Container.MP4))
        CONTENT.write(root / path)
        tracks = TrackInfo("h264", 1920, 1080)
        opened = Segment(spec.stream, volume.uuid, path, now, now, SegmentState.OPEN, 0, 0, tracks)
        self.tell(SegmentOpened(opened))
        end = UtcNs(now + CONTENT.duration_ns)
        grown = replace(opened, end=end, size=len(CONTENT.content), frames=CONTENT.frames)
        self.tell(SegmentGrown(grown))
        return grown

    def session(self, stream: StreamId) -> SessionPhase:
        refused = "refused" in self.mode and stream in self.standby
        return SessionPhase.BACKING_OFF if refused else SessionPhase.STREAMING

    def let_go(self, stream: StreamId) -> Place | None:
        """As if the next key frame came where the file ends."""
        segment = self.segments.get(stream)
        if segment is None:
            return None
        self.tell(SegmentClosed(replace(segment, state=SegmentState.CLOSED)))
        self.segments[stream] = None
        return Place(segment.end, (1, 2, 3))

    def finish(self, stream: StreamId, cause: GapCause) -> None:
        segment = self.segments[stream]
        if segment is not None:
            self.tell(SegmentClosed(replace(segment, state=SegmentState.CLOSED)))
            uid = f"outage-{os.getpid()}-{self.number}"
            self.tell(OutageChanged(Outage(uid, stream, segment.end, None, cause)))


def mode_of(socket: Path) -> set[str]:
    mode = socket.with_suffix(".mode")
    return set(mode.read_text().split()) if mode.exists() else set()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--name", required=True)
    socket: Path = parser.parse_args().socket
    return asyncio.run(FakeRecorder(socket, mode_of(socket)).run())


if __name__ == "__main__":
    raise SystemExit(main())
