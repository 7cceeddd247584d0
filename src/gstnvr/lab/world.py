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
from gstnvr.lab.postgresql import Server
from gstnvr.lab.product import Product
from gstnvr.lab.remote import Remote
from gstnvr.model.status import RecordingPhase, SessionPhase

POLL_S = 0.1
_NEWS_WITHIN_S = 2.5
"""Recorders report every second; what they told once says nothing of those that hang."""


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
    second: LabVolume | None = None
    """Another volume, if there is one."""
    database: Server | None = None
    """None: it is a file."""
    remote: Remote | None = None
    """Where copies go, if they go anywhere."""

    def streams(self) -> list[Stream]:
        """What the product tells of its streams; nothing while it does not answer."""
        try:
            with Client(self.product.address, timeout_s=2) as client:
                return list(client.streams().streams)
        except (NotRunningError, ApiError):
            return []

    def recorded_frames(self) -> dict[str, int] | None:
        """Frames of each camera so far; None unless all are recorded, as far as the product tells."""
        streams = self.streams()
        if {stream.camera for stream in streams} != set(self.hosts):
            return None
        for stream in streams:
            if stream.recording is not RecordingPhase.RECORDING or stream.phase is not SessionPhase.STREAMING:
                return None
        return {stream.camera: stream.statistics.frames for stream in streams}

    def wait_until_it_answers(self, within_s: float) -> None:
        """Wait until the product tells of its streams: it asks the cameras now.

        Raises:
            NotInTimeError: it does not.
        """
        deadline = time.monotonic() + within_s
        while not self.streams():
            if time.monotonic() > deadline:
                raise NotInTimeError(f"the product does not answer within {within_s:g} s")
            time.sleep(POLL_S)

    def wait_until_recorded(self, within_s: float, steady_s: float) -> None:
        """Wait until all cameras have been recorded without a break for some time.

        Args:
            steady_s: more than it takes to see that no news come.

        Raises:
            NotInTimeError: they are not; the message says which.
        """
        deadline = time.monotonic() + within_s
        since = grown = time.monotonic()
        before: dict[str, int] | None = None
        while time.monotonic() - since < steady_s:
            frames, now = self.recorded_frames(), time.monotonic()
            if frames is not None and (before is None or _all_grown(before, frames)):
                before, grown = frames, now
            if frames is None or now - grown > _NEWS_WITHIN_S:
                since, before, grown = now, None, now
                if now > deadline:
                    raise NotInTimeError(f"not recorded within {within_s:g} s: {self._tell()}")
            time.sleep(POLL_S)

    def _tell(self) -> str:
        told = [f"{one.camera} is {one.phase}, recording {one.recording}" for one in self.streams()]
        return "; ".join(told) or "the product does not answer"


def _all_grown(before: Mapping[str, int], frames: Mapping[str, int]) -> bool:
    """The counters begin anew with a new process."""
    return all(frames[camera] != before[camera] for camera in before)


@dataclass(frozen=True, slots=True)
class Site:
    """Where a fault strikes: a world, and the camera that suffers."""

    world: World
    camera: str

    @property
    def host(self) -> CameraHost:
        return self.world.hosts[self.camera]
