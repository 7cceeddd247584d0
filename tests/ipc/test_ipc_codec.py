"""Messages survive the way through bytes, and what is no message is refused without being quoted."""

import pytest

from gstnvr.config.settings import RecorderSettings, RecordingSettings, SessionSettings
from gstnvr.ipc.codec import (
    HEADER_BYTES,
    MAX_MESSAGE_BYTES,
    ProtocolError,
    WrongVersionError,
    check_version,
    recorder_codec,
    supervisor_codec,
)
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
    MirrorChanged,
    OutageChanged,
    Place,
    RecorderMessage,
    SegmentAbandoned,
    SegmentClosed,
    SegmentDiscarded,
    SegmentTakenOver,
    Shutdown,
    StatusReport,
    StreamSpec,
    SupervisorMessage,
    VolumeSpec,
)
from gstnvr.model.amounts import Amount
from gstnvr.model.choices import G711, Audio, Transport, VolumePolicy
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Fault, FaultReport, GapCause, Reason, Severity
from gstnvr.model.ids import CameraId, Generation, StreamId, StreamKind
from gstnvr.model.records import Incident, Outage, Segment, SegmentState, TrackInfo
from gstnvr.model.status import RecordingPhase, SessionPhase, StreamStatistics, StreamStatus, VolumeStatus

PASSWORD = "s3cret-paßword"
STREAM = StreamId(CameraId("front_door"), StreamKind.MAIN)
NOW = UtcNs(1_790_000_000_123_456_789)
OUTAGE = Outage("outage-1", STREAM, NOW, None, GapCause.NETWORK, "pulled", "incident-1")
SEGMENT = Segment(
    STREAM,
    "volume-1",
    "front_door/20260921/x.mp4",
    NOW,
    UtcNs(NOW + 60_000_000_000),
    SegmentState.CLOSED,
    123,
    1500,
    TrackInfo("h264", 1920, 1080, "aac"),
)
INCIDENT = Incident(
    "incident-1", None, None, Fault.DISK_FULL, Reason.NO_SPACE, Severity.HIGH, "full", "ENOSPC", NOW, NOW, None, 2
)
CONFIGURE = Configure(
    [
        StreamSpec(
            STREAM,
            "rtsp://192.0.2.10/stream1",
            "admin",
            PASSWORD,
            Transport.UDP,
            True,
            Audio.RECORD,
            G711.MKV,
            SessionSettings(frame_timeout_s=3),
            (OUTAGE,),
        )
    ],
    RecordingSettings(segment_s=10),
    RecorderSettings(),
    [
        VolumeSpec("volume-1", "/srv/video", 30, 0.5, 1 << 30, Amount.parse("5 GB or 5 %"), Amount.parse("10 GB")),
        VolumeSpec("volume-2", "/srv/more", 30, 0.5, 1 << 30),
    ],
    "info",
    VolumePolicy.ROUND_ROBIN,
)
STATUS = StreamStatus(
    STREAM,
    SessionPhase.BACKING_OFF,
    RecordingPhase.WAITING,
    Generation(7),
    NOW,
    StreamStatistics(fps=25.0, last_frame_age_s=None),
    FaultReport(Fault.RTSP_NETWORK, Reason.REFUSED, Severity.HIGH, "refused"),
    3,
    NOW,
)


VOLUME_STATUS = VolumeStatus(
    "volume-1",
    "/srv/video",
    FaultReport(Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR, Severity.HIGH, "gone"),
    None,
    None,
    (STREAM,),
)


@pytest.mark.parametrize("message", [CONFIGURE, Acknowledge(12), HandOver([STREAM], at_once=True), Shutdown()])
def test_what_the_supervisor_says_arrives_unchanged(message: SupervisorMessage) -> None:
    frame = supervisor_codec().encode(message)
    assert recorder_codec().body_length(frame[:HEADER_BYTES]) == len(frame) - HEADER_BYTES
    assert recorder_codec().decode(frame[HEADER_BYTES:]) == message


@pytest.mark.parametrize(
    "message",
    [
        Hello(PROTOCOL_VERSION, "0.1.0", 4711, NOW, ["front_door/main"]),
        StatusReport([STATUS], [STREAM], worn_out=True, volumes=[VOLUME_STATUS]),
        HandedOver(STREAM, Place(NOW, (1, 2), (3,))),
        HandedOver(STREAM, None),
        Event(1, SegmentClosed(SEGMENT)),
        Event(2, SegmentDiscarded(STREAM, "volume-1", "x")),
        Event(2, SegmentAbandoned(STREAM, "volume-1", "x")),
        Event(2, MirrorChanged(SEGMENT)),
        Event(2, SegmentTakenOver(SEGMENT, "volume-2")),
        Event(3, OutageChanged(OUTAGE)),
        Event(4, IncidentChanged(INCIDENT)),
        Finished(),
    ],
)
def test_what_the_recorder_says_arrives_unchanged(message: RecorderMessage) -> None:
    frame = recorder_codec().encode(message)
    assert supervisor_codec().decode(frame[HEADER_BYTES:]) == message


@pytest.mark.parametrize(
    "body",
    [
        b"\x00\xff not json",
        b'{"type":"Nonsense"}',
        b'{"type":"Acknowledge","number":"s3cret"}',
        b"[]",
        supervisor_codec().encode(CONFIGURE)[HEADER_BYTES:].replace(b'"segment_s":10', b'"segment_s":"s3cret"'),
        supervisor_codec().encode(CONFIGURE)[HEADER_BYTES:].replace(b'"main"', b'"s3cret"'),
    ],
)
def test_what_is_no_message_is_refused_and_not_quoted(body: bytes) -> None:
    with pytest.raises(ProtocolError, match="cannot be read") as caught:
        recorder_codec().decode(body)
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_message_that_is_too_long_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ProtocolError, match="Event") as caught:
        recorder_codec().encode(Event(1, SegmentDiscarded(STREAM, "v", "x" * MAX_MESSAGE_BYTES)))
    assert str(MAX_MESSAGE_BYTES) in str(caught.value)


@pytest.mark.parametrize("length", [0, MAX_MESSAGE_BYTES + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_is_refused(length: int) -> None:
    with pytest.raises(ProtocolError):
        recorder_codec().body_length(length.to_bytes(HEADER_BYTES, "big"))


def test_another_version_is_told_apart() -> None:
    check_version(Hello(PROTOCOL_VERSION, "0.1.0", 1, NOW))
    with pytest.raises(WrongVersionError, match=r"4711 \(gstnvr 0\.2\.0\) speaks version 6"):
        check_version(Hello(PROTOCOL_VERSION + 1, "0.2.0", 4711, NOW))


def test_what_all_versions_understand_of_each_other_never_changes() -> None:
    """An old recorder must be told to make room by whatever comes after it, and a new one by an old supervisor."""
    shutdown = b'{"type":"Shutdown"}'
    assert supervisor_codec().encode(Shutdown()) == len(shutdown).to_bytes(4, "big") + shutdown
    assert recorder_codec().decode(shutdown) == Shutdown()
    later = b'{"type":"Hello","protocol":99,"version":"9","pid":7,"started":1,"streams":["a/main"],"mood":"fine"}'
    assert supervisor_codec().decode(later) == Hello(99, "9", 7, UtcNs(1), ["a/main"])
    before = b'{"type":"Hello","protocol":1,"version":"0.1.0","pid":7,"started":1}'
    assert supervisor_codec().decode(before) == Hello(1, "0.1.0", 7, UtcNs(1), [])


def test_no_password_shows_when_a_message_is_printed() -> None:
    assert PASSWORD not in repr(CONFIGURE)
