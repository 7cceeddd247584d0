"""Kinds of faults, the finer reasons behind them, and the causes of gaps."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What kind of trouble; decides which recovery is tried."""

    RTSP_NETWORK = "RTSP_NETWORK"
    AUTHENTICATION = "AUTHENTICATION"
    STORAGE_DISCONNECTED = "STORAGE_DISCONNECTED"
    DISK_FULL = "DISK_FULL"
    DECODER = "DECODER"
    VIDEO_SINK = "VIDEO_SINK"
    RECORDING_BRANCH = "RECORDING_BRANCH"
    STREAMING_BRANCH = "STREAMING_BRANCH"
    UNKNOWN = "UNKNOWN"


class Severity(StrEnum):
    """How bad; CRITICAL means that a process must be replaced or a person is needed."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"


class Reason(StrEnum):
    """What exactly, as far as it can be told; shown to the user next to the fault."""

    HOST_NOT_FOUND = "host_not_found"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    CONNECT_TIMEOUT = "connect_timeout"
    NO_ANSWER = "no_answer"
    NOT_RTSP = "not_rtsp"
    NOT_HTTP = "not_http"
    NO_TLS = "no_tls"
    CERTIFICATE = "certificate"
    REDIRECTED = "redirected"
    UNAUTHORIZED = "unauthorized"
    NOT_FOUND = "not_found"
    TRANSPORT_REFUSED = "transport_refused"
    SERVER_ERROR = "server_error"
    UNSUPPORTED_CODEC = "unsupported_codec"
    CLOSED_BY_CAMERA = "closed_by_camera"
    CONNECTION_LOST = "connection_lost"
    NO_FIRST_FRAME = "no_first_frame"
    VIDEO_STALLED = "video_stalled"
    SLOW_LINK = "slow_link"
    AUDIO_STALLED = "audio_stalled"
    FRAMES_DROPPED = "frames_dropped"
    FALLEN_BACK = "fallen_back"
    NO_SPACE = "no_space"
    DISK_FAILING = "disk_failing"
    DISK_DEFECTS = "disk_defects"
    """It has places that cannot be read, or more and more that were replaced."""
    DISK_WORN = "disk_worn"
    DISK_HOT = "disk_hot"
    RAID_DEGRADED = "raid_degraded"
    PROTECTED_ONLY = "protected_only"
    """Free space is at its floor, and nothing may be deleted."""
    KEPT_TOO_SHORT = "kept_too_short"
    """There is not enough room to keep recordings for as long as was asked for."""
    IO_ERROR = "io_error"
    READ_ONLY = "read_only"
    PERMISSION = "permission"
    VOLUME_MISSING = "volume_missing"
    WRONG_VOLUME = "wrong_volume"
    IDENTITY_LOST = "identity_lost"
    WRITE_STALLED = "write_stalled"
    SLOW_DISK = "slow_disk"
    MUXER = "muxer"
    STREAM_FORMAT = "stream_format"
    FLOODED = "flooded"
    CODEC_CHANGED = "codec_changed"
    MISSING_ELEMENT = "missing_element"
    OUT_OF_MEMORY = "out_of_memory"
    PIPELINE_HUNG = "pipeline_hung"
    COPIES_BEHIND = "copies_behind"
    """Recordings come faster than they are copied elsewhere."""
    NOT_COPIED = "not_copied"
    """They were deleted before they were copied elsewhere."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FaultReport:
    """One classified fault."""

    fault: Fault
    reason: Reason
    severity: Severity
    message: str
    """For a person, one line, without secrets."""
    code: str = ""
    """Where it came from, e.g. ``source resource 9``; for statistics and bug reports."""


class GapCause(StrEnum):
    """Why a span is missing; exactly one for every gap."""

    NETWORK = "network"
    NO_PICTURES = "no_pictures"
    """The camera stayed connected and sent none, for less time than makes a fault of it."""
    AUTHENTICATION = "authentication"
    STORAGE = "storage"
    DISK_FULL = "disk_full"
    STREAM_ERROR = "stream_error"
    INTERNAL = "internal"
    PROCESS_DIED = "process_died"
    """gstnvr or the machine went down without an orderly stop."""
    FILE_LOST = "file_lost"
    """It had been recorded; the file is missing or damaged now."""
    UNKNOWN = "unknown"
    """Nobody was there to say why, or the index was lost."""
    CONNECTING = "connecting"
    """First connection after the camera was added."""
    SHUTDOWN = "shutdown"
    """gstnvr was stopped, or the camera connected anew, on purpose."""
    SWITCHED_OFF = "switched_off"
    """The camera, or its recording, was switched off or taken out of the configuration."""
    SCHEDULE = "schedule"
    """By its schedule the camera was not to be recorded."""
    CLOCK_JUMP = "clock_jump"
    """The wall clock was set forward; the time in between never was."""
    DELETED = "deleted"
    """It had been recorded, and was deleted on purpose."""

    @property
    def planned(self) -> bool:
        """Nothing is wrong: it was meant, or never happened."""
        return self in _PLANNED


_PLANNED = frozenset(
    {
        GapCause.CONNECTING,
        GapCause.SHUTDOWN,
        GapCause.SWITCHED_OFF,
        GapCause.SCHEDULE,
        GapCause.CLOCK_JUMP,
        GapCause.DELETED,
    }
)

_GAP_CAUSES = {
    Fault.RTSP_NETWORK: GapCause.NETWORK,
    Fault.AUTHENTICATION: GapCause.AUTHENTICATION,
    Fault.STORAGE_DISCONNECTED: GapCause.STORAGE,
    Fault.DISK_FULL: GapCause.DISK_FULL,
    Fault.DECODER: GapCause.STREAM_ERROR,
    Fault.VIDEO_SINK: GapCause.INTERNAL,
    Fault.RECORDING_BRANCH: GapCause.INTERNAL,
    Fault.STREAMING_BRANCH: GapCause.INTERNAL,
    Fault.UNKNOWN: GapCause.INTERNAL,
}


def gap_cause(fault: Fault) -> GapCause:
    """The cause that a gap made by this fault is entered with."""
    return _GAP_CAUSES[fault]
