"""A camera may refer to another place of its own, and to nobody else."""

import asyncio

import pytest

from gstnvr.media.units import VideoCodec
from gstnvr.model.faults import Fault, Reason
from gstnvr.rtsp.dial import CameraConnectionError
from gstnvr.rtsp.probe import ProbeError, probe, redirected
from gstnvr.rtsp.url import RtspUrl
from tests.rig.describing_camera import DescribingCameras

CAMERA = RtspUrl.parse("rtsp://192.0.2.7/live")


def test_another_place_of_the_same_camera_is_gone_to() -> None:
    async def scenario() -> int:
        async with DescribingCameras() as cameras:
            there = cameras.announce("there", VideoCodec.H265)
            url = cameras.announce("here", VideoCodec.H264)
            cameras.redirections = [there]
            result = await probe(url, None, None, 5.0)
            assert result.video is VideoCodec.H265
            return cameras.connections

    assert asyncio.run(scenario()) == 2


def test_a_camera_that_refers_to_itself_for_ever_is_left() -> None:
    async def scenario() -> None:
        async with DescribingCameras() as cameras:
            url = cameras.announce("here", VideoCodec.H264)
            cameras.redirections = [url] * 100
            await probe(url, None, None, 5.0)

    with pytest.raises(ProbeError, match="for ever") as caught:
        asyncio.run(scenario())
    assert caught.value.report.reason is Reason.SERVER_ERROR


def test_another_host_is_not_even_connected_to() -> None:
    async def scenario() -> int:
        async with DescribingCameras() as cameras, DescribingCameras() as others:
            other = others.announce("there", VideoCodec.H264).replace("127.0.0.1", "127.0.0.2")
            url = cameras.announce("here", VideoCodec.H264)
            cameras.redirections = [other]
            with pytest.raises(ProbeError) as caught:
                await probe(url, "viewer", "secret", 5.0)
            report = caught.value.report
            assert (report.fault, report.reason) == (Fault.RTSP_NETWORK, Reason.REDIRECTED)
            assert "127.0.0.2" in report.message
            return others.connections

    assert asyncio.run(scenario()) == 0


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        (None, Reason.SERVER_ERROR),
        ("", Reason.SERVER_ERROR),
        ("/live2", Reason.SERVER_ERROR),
        ("http://192.0.2.7/", Reason.SERVER_ERROR),
        ("rtsp://name:secret@192.0.2.7/", Reason.SERVER_ERROR),
        ("rtsp://192.0.2.8/live", Reason.REDIRECTED),
        ("rtsp://localhost/live", Reason.REDIRECTED),
        ("rtsp://[::1]/live", Reason.REDIRECTED),
        ("rtsp://192.0.2.7.example.org/live", Reason.REDIRECTED),
        ("rtsp://192.0.2.7@192.0.2.8/live", Reason.SERVER_ERROR),
    ],
)
def test_what_leads_elsewhere_or_nowhere_is_refused(location: str | None, reason: Reason) -> None:
    with pytest.raises(CameraConnectionError) as caught:
        redirected(CAMERA, location)
    assert caught.value.reason is reason
    assert "secret" not in str(caught.value)


def test_encryption_stays_as_it_was_set() -> None:
    secure = RtspUrl.parse("rtsps://camera/live")
    assert redirected(secure, "rtsp://camera:8554/other") == RtspUrl("camera", 8554, "/other", secure=True)
