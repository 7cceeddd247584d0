"""What users may write, and the one line they get for what they may not."""

from pathlib import Path

import pytest

from gstnvr.media.clips import PatternSpec
from gstnvr.media.units import AudioCodec, VideoCodec
from gstnvr.simulator.behaviour import Misbehaviour, Order, OrderError, behaviour_of, make_order
from gstnvr.simulator.options import UsageError, parse_options
from gstnvr.simulator.schedule import ScheduledOrder, parse_scheduled
from gstnvr.simulator.sources import CameraSource, MinuteFile, parse_camera


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=/v/x.mp4", CameraSource("a", Path("/v/x.mp4"))),
        ("a/sub=minute:/v/x.mp4", CameraSource("a/sub", MinuteFile(Path("/v/x.mp4")))),
        ("a=pattern", CameraSource("a", PatternSpec("a", 1080, 25, VideoCodec.H264, None))),
        (
            "a/sub=pattern:180p10:h265:pcmu",
            CameraSource("a/sub", PatternSpec("a/sub", 180, 10, VideoCodec.H265, AudioCodec.PCMU)),
        ),
        (
            "a=pattern:180p1:gop30:50k",
            CameraSource("a", PatternSpec("a", 180, 1, VideoCodec.H264, None, gop_s=30, kbps=50)),
        ),
    ],
)
def test_cameras(text: str, expected: CameraSource) -> None:
    assert parse_camera(text) == expected


def test_scheduled_faults() -> None:
    assert parse_scheduled("cam1@+5s silent for 10s") == ScheduledOrder(
        5.0, Order(Misbehaviour.SILENT, "cam1", "", 10.0)
    )
    assert parse_scheduled("*@+0.5s loss=0.1") == ScheduledOrder(0.5, Order(Misbehaviour.LOSS, "*", "0.1", None))


@pytest.mark.parametrize(
    ("what", "camera", "value", "duration_s"),
    [
        ("nonsense", "*", "", None),
        ("refuse", "cam1", "", None),
        ("loss", "*", "1.5", None),
        ("loss", "*", "", None),
        ("disconnect", "*", "softly", None),
        ("disconnect", "*", "rst", 3.0),
        ("silent", "*", "very", None),
        ("switch", "*", "", None),
    ],
)
def test_orders_that_make_no_sense(what: str, camera: str, value: str, duration_s: float | None) -> None:
    with pytest.raises(OrderError):
        make_order(what, camera, value, duration_s)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required"),
        (["cam1"], "not of the form"),
        (["Cam 1=pattern"], "may hold only"),
        (["a=pattern:181p10"], "must be even"),
        (["a=pattern:180p10:vp9"], "not of the form"),
        (["a=pattern:180p10:gop7"], "must divide 60"),
        (["a=pattern:180p10:gop0"], "must divide 60"),
        (["a=pattern", "a=pattern"], "twice"),
        (["--listen", "8554", "a=pattern"], "HOST:PORT"),
        (["--http", "8080", "a=pattern"], "--http takes HOST:PORT"),
        (["--user", "u", "a=pattern"], "go together"),
        (["--user", "u", "--password-env", "NOT_SET_HERE", "a=pattern"], "NOT_SET_HERE"),
        (["--fault", "a silent", "a=pattern"], "--fault: not in the form"),
        (["--session-timeout", "0", "a=pattern"], "session-timeout"),
        (["--password", "x", "a=pattern"], "unrecognized"),
    ],
)
def test_a_bad_command_line_is_refused_in_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_options(arguments)
    assert "\n" not in str(caught.value)


def test_faults_add_up() -> None:
    behaviour = behaviour_of({Misbehaviour.VIDEO_SILENT: "", Misbehaviour.LOSS: "0.25"}, paced=True)
    assert (behaviour.sends_video, behaviour.sends_audio, behaviour.loss, behaviour.paced) == (
        False,
        True,
        0.25,
        True,
    )
    assert not behaviour_of({Misbehaviour.BURST: ""}, paced=True).paced
