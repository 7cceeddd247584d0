"""Cameras tried for the API: what they offer, exactly why not, and where passwords do not go."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.api.operation.ports import CameraOffer, CannotProbeError, ProbeWish
from gstnvr.config.settings import Settings
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.model.choices import Transport
from gstnvr.model.faults import FaultReport, Reason
from gstnvr.model.ids import StreamKind
from gstnvr.supervisor.settings.camera_probe import CameraProbe
from tests.rig.describing_camera import DescribingCameras

WISH = ProbeWish("rtsp://127.0.0.1:1/live", None, None, None, Transport.TCP, None, False)


def settings(folder: Path, url: str = "rtsp://127.0.0.1:1/live") -> Settings:
    password = folder / "password"
    password.write_text("hunter2\n")
    password.chmod(0o600)
    camera = {"id": "yard", "main": {"url": url, "username": "kim", "password_file": str(password)}}
    return Settings.model_validate({"storage": {"volumes": [{"path": str(folder)}]}, "cameras": [camera]})


def test_what_a_camera_offers(tmp_path: Path) -> None:
    async def scenario() -> CameraOffer | FaultReport:
        async with DescribingCameras() as cameras:
            url = cameras.announce("yard", VideoCodec.H264, AudioCodec.AAC)
            return await CameraProbe(lambda: settings(tmp_path, url))(replace(WISH, url=url, password_of="yard"))

    found = asyncio.run(scenario())
    assert isinstance(found, CameraOffer)
    assert (found.video, found.audio, [one.kind for one in found.media]) == ("h264", "aac", ["video", "audio"])


def test_why_a_camera_cannot_be_recorded(tmp_path: Path) -> None:
    found = asyncio.run(CameraProbe(lambda: settings(tmp_path))(WISH))
    assert isinstance(found, FaultReport)
    assert found.reason is Reason.REFUSED


def test_the_sub_stream_of_another_host_is_tried_with_its_own_password(tmp_path: Path) -> None:
    sub = {"url": "rtsp://127.0.0.1:2/sub", "username": "kim", "password_file": str(tmp_path / "missing")}
    main = settings(tmp_path).model_dump(mode="json", exclude_unset=True)
    with_sub = Settings.model_validate({**main, "cameras": [{**main["cameras"][0], "sub": sub}]})
    wish = replace(WISH, url="rtsp://127.0.0.1:2/sub", password_of="yard", stream=StreamKind.SUB)
    with pytest.raises(CannotProbeError, match="missing"):
        asyncio.run(CameraProbe(lambda: with_sub)(wish))
    (tmp_path / "missing").write_text("hunter3\n")
    (tmp_path / "missing").chmod(0o600)
    assert isinstance(asyncio.run(CameraProbe(lambda: with_sub)(wish)), FaultReport)


@pytest.mark.parametrize(
    ("wish", "about"),
    [
        (replace(WISH, url="ftp://127.0.0.1/live"), "url must begin with rtsp"),
        (replace(WISH, url="rtsp://kim:hunter2@127.0.0.1/live"), "url"),
        (replace(WISH, password_of="cellar"), "there is no camera 'cellar'"),
        (replace(WISH, url="rtsp://192.0.2.9:1/live", password_of="yard"), "to the address of that camera only"),
        (
            replace(WISH, password_of="yard", stream=StreamKind.SUB),
            "has no sub stream in the settings",
        ),
    ],
)
def test_a_wrong_wish_is_refused_without_asking_anybody(tmp_path: Path, wish: ProbeWish, about: str) -> None:
    with pytest.raises(CannotProbeError, match=about) as refused:
        asyncio.run(CameraProbe(lambda: settings(tmp_path))(wish))
    assert "hunter2" not in str(refused.value)
