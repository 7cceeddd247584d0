"""When the packets of an access unit leave, on a clock that nobody has to wait for."""

import pytest

from gstnvr.media.clips import Clip
from gstnvr.rtsp.payloads import MAX_PAYLOAD_BYTES
from gstnvr.simulator.behaviour import Misbehaviour
from gstnvr.simulator.camera import Camera
from gstnvr.simulator.outlet import Packets
from gstnvr.simulator.playback import PACKET_INTERVAL_NS, Playback
from gstnvr.simulator.prepare import prepare
from tests.rig.made_up_clips import PICTURE_NS, clip

PACKETS = 3


class Counted:
    """An outlet that notes how many packets left together, and when."""

    channel: int | None = None

    def __init__(self) -> None:
        self.now = 0
        self.left: list[tuple[int, int]] = []

    def send_packets(self, _unit: bytearray, packets: Packets) -> None:
        self.left.append((self.now, len(packets)))

    def send_control(self, _report: bytes) -> None:
        pass


def pictures_of_three_packets() -> Clip:
    return clip([PACKETS * MAX_PAYLOAD_BYTES - 100] * 4)


def first_picture_of(camera: Camera) -> list[tuple[int, int]]:
    """When its packets left, in nanoseconds after it was due, and how many at once."""
    outlet, playback = Counted(), Playback(camera)
    stream = playback.add("video", outlet)
    playback.lay_out(start := 1_000 * PICTURE_NS)
    while stream.due < start + PICTURE_NS:
        outlet.now = stream.due - start
        stream.step(stream.due)
    return outlet.left


@pytest.fixture
def camera() -> Camera:
    return Camera("cam1", prepare(pictures_of_three_packets()), paced=False)


def test_a_picture_leaves_at_once(camera: Camera) -> None:
    assert first_picture_of(camera) == [(0, PACKETS)]


def test_paced_packets_leave_one_by_one(camera: Camera) -> None:
    camera.begin(Misbehaviour.PACED, "")
    assert first_picture_of(camera) == [(number * PACKET_INTERVAL_NS, 1) for number in range(PACKETS)]


def test_a_camera_that_is_paced_can_be_told_to_burst(camera: Camera) -> None:
    paced = Camera("cam1", camera.clip, paced=True)
    assert len(first_picture_of(paced)) == PACKETS
    paced.begin(Misbehaviour.BURST, "")
    assert first_picture_of(paced) == [(0, PACKETS)]
