"""The service in this process, with a supervisor that knows one user, and a recorder that a test makes up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from gstnvr.ipc.live import LiveBatch, LiveFormat, LiveTrack, LiveUnit
from gstnvr.model.access import RTSP_REALM
from gstnvr.model.clock import NS_PER_MS, UtcNs
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.restream.connection import Patience
from gstnvr.restream.messages import Allowed, Asked, Denied, Gone, Listening, Order, Report, Serve, Watching
from gstnvr.restream.service import RestreamService
from gstnvr.rtsp.digest import Credentials, identity_of, proves
from tests.rig.live_source import LiveSource
from tests.rig.waiting import until

YARD = StreamId(CameraId("yard"), StreamKind.MAIN)
KIM = Credentials("kim", "gstnvr_a-token")
STEP = 40 * NS_PER_MS
H264 = LiveTrack(
    "h264", bytes.fromhex("0142c01effe1000a6742c01eda02d0496c0101000468ce3c80"), width=640, height=360
)
FORM = LiveFormat(H264, None)


def nal(kind: int, size: int, mark: int) -> bytes:
    return bytes([0x60 | kind]) + mark.to_bytes(4, "big") + b"\xab" * max(0, size - 5)


def picture(number: int, *, key: bool = False, size: int = 300) -> LiveUnit:
    """A coded slice that tells its number, in an access unit of its own."""
    unit = nal(5 if key else 1, size, number)
    data = len(unit).to_bytes(4, "big") + unit
    return LiveUnit(False, number * STEP, number * STEP, STEP, key, data)


def batch(*units: LiveUnit) -> LiveBatch:
    return LiveBatch(list(units), UtcNs(1_700_000_000_000_000_000))


@dataclass
class FakeSupervisor:
    """Lets ``KIM`` watch ``YARD``, wherever ``source`` is."""

    orders: asyncio.StreamReader = field(default_factory=asyncio.StreamReader)
    reports: list[Report] = field(default_factory=list)
    source: LiveSource | None = None
    denial: tuple[int, str] | None = None

    def tell(self, order: Order) -> None:
        self.orders.feed_data(msgspec.json.encode(order) + b"\n")

    def hear(self, report: Report) -> None:
        self.reports.append(report)
        if not isinstance(report, Asked):
            return
        if self.denial is not None:
            self.tell(Denied(report.question, *self.denial))
        elif not proves(report.proof, identity_of(KIM, RTSP_REALM)):
            self.tell(Denied(report.question, 401, "Unauthorized"))
        elif report.stream != YARD or self.source is None:
            self.tell(Denied(report.question, 404, "Stream Not Found"))
        else:
            self.tell(Allowed(report.question, str(self.source.path)))

    def all(self, kind: type[Report]) -> list[Report]:
        return [report for report in self.reports if isinstance(report, kind)]

    @property
    def port(self) -> int:
        (told,) = [report.port for report in self.reports if isinstance(report, Listening)]
        return told

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{YARD}"

    @property
    def watching(self) -> list[bool]:
        return [report.watching for report in self.reports if isinstance(report, Watching)]

    @property
    def gone(self) -> int:
        return len(self.all(Gone))


@asynccontextmanager
async def serving(
    source: LiveSource | None, patience: Patience | None = None, most: int = 8, serve: Serve | None = None
) -> AsyncIterator[FakeSupervisor]:
    """A service that listens; wrong proofs cost no time unless said otherwise."""
    supervisor = FakeSupervisor(source=source)
    service = RestreamService(supervisor.hear, patience or Patience(wrong_proof_s=0.0))
    supervisor.tell(serve or Serve("127.0.0.1", 0, most))
    running = asyncio.create_task(service.run(supervisor.orders))
    try:
        await until(lambda: supervisor.all(Listening))
        yield supervisor
    finally:
        supervisor.orders.feed_eof()
        async with asyncio.timeout(30):
            await running
