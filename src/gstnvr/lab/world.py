"""A product that records two cameras, each on a host of its own: where faults are made."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from gstnvr.client.client import Client
from gstnvr.client.errors import ApiError, NotRunningError
from gstnvr.client.models import Stream
from gstnvr.lab.camera_host import CameraHost
from gstnvr.lab.clock import FakeClock
from gstnvr.lab.faulty_volumes import LabVolume
from gstnvr.lab.product import Product
from gstnvr.model.status import RecordingPhase, SessionPhase

POLL_S = 0.1


class NotInTimeError(Exception):
    """Something did not come about; the message says what."""


@dataclass(frozen=True, slots=True)
class World:
    """All parts; the product may run or not."""

    hosts: Mapping[str, CameraHost]
    """By camera."""
    volume: LabVolume
    product: Product
    clock: FakeClock

    def streams(self) -> list[Stream]:
        """What the product tells of its streams; nothing while it does not answer."""
        try:
            with Client(self.product.address, timeout_s=2) as client:
                return list(client.streams().streams)
        except (NotRunningError, ApiError):
            return []

    def all_recorded(self) -> bool:
        """Whether frames of all cameras arrive and are recorded, as far as the product tells."""
        streams = self.streams()
        return {stream.camera for stream in streams} == set(self.hosts) and all(
            stream.recording is RecordingPhase.RECORDING and stream.phase is SessionPhase.STREAMING
            for stream in streams
        )

    def wait_until_recorded(self, within_s: float, steady_s: float) -> None:
        """Wait until all cameras have been recorded without a break for some time.

        Raises:
            NotInTimeError: they are not; the message says which.
        """
        deadline = time.monotonic() + within_s
        since: float | None = None
        while since is None or time.monotonic() - since < steady_s:
            recorded = self.all_recorded()
            now = time.monotonic()
            if not recorded and now > deadline:
                raise NotInTimeError(f"not recorded within {within_s:g} s: {self._tell()}")
            since = (since if since is not None else now) if recorded else None
            time.sleep(POLL_S)

    def _tell(self) -> str:
        told = [f"{one.camera} is {one.phase}, recording {one.recording}" for one in self.streams()]
        return "; ".join(told) or "the product does not answer"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a fault strikes: a world, and the camera that suffers."""

    world: World
    camera: str

    @property
    def host(self) -> CameraHost:
        return self.world.hosts[self.camera]
