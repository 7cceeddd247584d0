"""Orders of people to start or stop a recording, kept over restarts in a file of their own."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from gstnvr.api.common.ports import OrderNotKeptError
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.model.clock import NS_PER_S, UtcNs, format_utc, parse_utc
from gstnvr.model.ids import CameraId
from gstnvr.model.recording import ManualOrder, RecordMode
from gstnvr.volume.small_files import write_small_file

_log = logging.getLogger(__name__)

_TIMEOUT_S = 3.0
_KEEP_NS = 8 * 86_400 * NS_PER_S
"""So long an order that is over tells a start why it is as it is."""


class _Order(Struct, frozen=True):
    camera: str
    record: bool
    since: str
    until: str | None
    by: str
    mode: RecordMode


class _File(Struct, frozen=True):
    orders: list[_Order]


class ManualOrders:
    """The last order for each camera; whether it is in force still, its reader decides."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._orders: dict[CameraId, ManualOrder] = {}
        self._calls = BlockingCalls("manual orders", max_hung=2)
        self._writing = asyncio.Lock()
        self.news = asyncio.Event()
        """Something changed that is not written down yet."""

    @property
    def all(self) -> Mapping[CameraId, ManualOrder]:
        """By camera."""
        return self._orders

    async def read(self) -> None:
        """Take up those of the last run; a file that is damaged is set aside."""
        try:
            self._orders = await self._calls.run(self._read, timeout_s=_TIMEOUT_S)
        except FileNotFoundError:
            self._orders = {}
        except (OSError, StillRunningError) as error:
            _log.error("%s cannot be read, orders to record or not are forgotten: %s", self._path, error)
        except ValueError as error:
            aside = self._path.with_suffix(".damaged")
            _log.error("%s is damaged, orders in it are forgotten; it is kept as %s: %s", self._path, aside, error)
            self._path.replace(aside)

    async def put(self, camera: CameraId, order: ManualOrder | None, now: UtcNs) -> None:
        """Take an order, or take one back; it is in force before it is kept.

        Raises:
            OrderNotKeptError: the file cannot be written.
        """
        orders = {**self._orders}
        orders.pop(camera, None)
        if order is not None:
            orders[camera] = order
        self._orders = {
            name: one for name, one in orders.items() if one.until is None or one.until > now - _KEEP_NS
        }
        self.news.set()
        await self.save()

    def keep(self, modes: Mapping[CameraId, RecordMode]) -> None:
        """Drop those of other modes than these and of other cameras; ``save`` makes it last."""
        kept = {camera: order for camera, order in self._orders.items() if modes.get(camera) is order.mode}
        if len(kept) < len(self._orders):
            self._orders = kept
            self.news.set()

    async def save(self) -> None:
        """Write down what changed, if anything did.

        Raises:
            OrderNotKeptError: the file cannot be written.
        """
        async with self._writing:
            if not self.news.is_set():
                return
            self.news.clear()
            try:
                await self._calls.run(self._write, list(self._orders.values()), timeout_s=_TIMEOUT_S)
            except (OSError, StillRunningError, TooManyHungError) as error:
                self.news.set()
                raise OrderNotKeptError(f"{self._path} cannot be written: {error}") from None

    def _read(self) -> dict[CameraId, ManualOrder]:
        found = msgspec.json.decode(self._path.read_bytes(), type=_File).orders
        return {CameraId(one.camera): _order(one) for one in found}

    def _write(self, orders: list[ManualOrder]) -> None:
        text = msgspec.json.format(msgspec.json.encode(_File([_entry(order) for order in orders])))
        write_small_file(self._path.parent, self._path.name, text)


def _order(entry: _Order) -> ManualOrder:
    until = None if entry.until is None else parse_utc(entry.until)
    return ManualOrder(CameraId(entry.camera), entry.record, parse_utc(entry.since), until, entry.by, entry.mode)


def _entry(order: ManualOrder) -> _Order:
    until = None if order.until is None else format_utc(order.until)
    return _Order(order.camera, order.record, format_utc(order.since), until, order.by, order.mode)
