"""What messages mean, as tables: a row a meaning, looked up by ``session.faults``."""

from dataclasses import dataclass

from gstnvr.media.messages import CoreCode, ErrorCode, ErrorDomain, LibraryCode, ResourceCode, Role, StreamCode
from gstnvr.model.faults import Fault, Reason, Severity

Verdict = tuple[Fault, Reason]

CONNECTION_LOST = (Fault.RTSP_NETWORK, Reason.CONNECTION_LOST)
UNREACHABLE = (Fault.RTSP_NETWORK, Reason.UNREACHABLE)
SERVER_ERROR = (Fault.RTSP_NETWORK, Reason.SERVER_ERROR)
NOT_FOUND = (Fault.RTSP_NETWORK, Reason.NOT_FOUND)
TRANSPORT_REFUSED = (Fault.RTSP_NETWORK, Reason.TRANSPORT_REFUSED)
CERTIFICATE = (Fault.RTSP_NETWORK, Reason.CERTIFICATE)
REDIRECTED = (Fault.RTSP_NETWORK, Reason.REDIRECTED)
UNAUTHORIZED = (Fault.AUTHENTICATION, Reason.UNAUTHORIZED)
CAMERA_FORMAT = (Fault.DECODER, Reason.STREAM_FORMAT)
CAMERA_CODEC = (Fault.DECODER, Reason.UNSUPPORTED_CODEC)
MUXER = (Fault.RECORDING_BRANCH, Reason.MUXER)
RECORDING_FORMAT = (Fault.RECORDING_BRANCH, Reason.STREAM_FORMAT)
NO_SPACE = (Fault.DISK_FULL, Reason.NO_SPACE)
IO_ERROR = (Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR)
READ_ONLY = (Fault.STORAGE_DISCONNECTED, Reason.READ_ONLY)
PERMISSION = (Fault.STORAGE_DISCONNECTED, Reason.PERMISSION)
VOLUME_MISSING = (Fault.STORAGE_DISCONNECTED, Reason.VOLUME_MISSING)

BRANCH_OF_ROLE: dict[Role, Fault] = {
    Role.SOURCE: Fault.UNKNOWN,
    Role.DEPAYLOADER: Fault.DECODER,
    Role.PARSER: Fault.DECODER,
    Role.TRANSCODER: Fault.DECODER,
    Role.SOURCE_SINK: Fault.UNKNOWN,
    Role.WRITER_SOURCE: Fault.RECORDING_BRANCH,
    Role.MUXER: Fault.RECORDING_BRANCH,
    Role.FILE_SINK: Fault.RECORDING_BRANCH,
    Role.LIVE: Fault.STREAMING_BRANCH,
    Role.UNKNOWN: Fault.UNKNOWN,
}
"""Whose trouble it is if nothing better is known."""

_AFTER_SOURCE = (Role.DEPAYLOADER, Role.PARSER, Role.TRANSCODER, Role.SOURCE_SINK)
_RECORDING = (Role.WRITER_SOURCE, Role.MUXER, Role.FILE_SINK)

RTSP_STATUS: dict[int, Verdict] = {
    301: REDIRECTED,
    302: REDIRECTED,
    401: UNAUTHORIZED,
    403: UNAUTHORIZED,
    407: UNAUTHORIZED,
    404: NOT_FOUND,
    410: NOT_FOUND,
    454: CONNECTION_LOST,
    461: TRANSPORT_REFUSED,
}
"""The camera's own answer; any other from 300 on is ``SERVER_ERROR``."""

_SOURCE_RESOURCE: dict[ResourceCode, Verdict] = {
    ResourceCode.NOT_FOUND: NOT_FOUND,
    ResourceCode.BUSY: SERVER_ERROR,
    ResourceCode.OPEN_READ: UNREACHABLE,
    ResourceCode.OPEN_WRITE: UNREACHABLE,
    ResourceCode.OPEN_READ_WRITE: UNREACHABLE,
    ResourceCode.CLOSE: CONNECTION_LOST,
    ResourceCode.READ: CONNECTION_LOST,
    ResourceCode.WRITE: CONNECTION_LOST,
    # souphttpsrc wants to go on, after a reset, where it was.
    ResourceCode.SEEK: CONNECTION_LOST,
    ResourceCode.SETTINGS: SERVER_ERROR,
    ResourceCode.NOT_AUTHORIZED: UNAUTHORIZED,
}
_FILE_RESOURCE: dict[ResourceCode, Verdict] = {
    ResourceCode.FAILED: IO_ERROR,
    ResourceCode.NOT_FOUND: VOLUME_MISSING,
    ResourceCode.BUSY: IO_ERROR,
    ResourceCode.OPEN_READ: IO_ERROR,
    ResourceCode.OPEN_WRITE: IO_ERROR,
    ResourceCode.OPEN_READ_WRITE: IO_ERROR,
    ResourceCode.CLOSE: IO_ERROR,
    ResourceCode.READ: IO_ERROR,
    ResourceCode.WRITE: IO_ERROR,
    ResourceCode.SEEK: IO_ERROR,
    ResourceCode.SYNC: IO_ERROR,
    ResourceCode.NO_SPACE_LEFT: NO_SPACE,
    ResourceCode.NOT_AUTHORIZED: PERMISSION,
}
_FORMAT_CODES = (
    StreamCode.NOT_IMPLEMENTED,
    StreamCode.TYPE_NOT_FOUND,
    StreamCode.WRONG_TYPE,
    StreamCode.DECODE,
    StreamCode.DEMUX,
    StreamCode.FORMAT,
    StreamCode.DECRYPT,
    StreamCode.DECRYPT_NOKEY,
)

BY_CODE: dict[tuple[Role, ErrorDomain, ErrorCode], Verdict] = {
    **{(Role.SOURCE, ErrorDomain.RESOURCE, code): verdict for code, verdict in _SOURCE_RESOURCE.items()},
    **{(Role.SOURCE, ErrorDomain.STREAM, code): CAMERA_FORMAT for code in _FORMAT_CODES},
    # rtspsrc says "no supported stream" when the camera refuses every transport offered.
    (Role.SOURCE, ErrorDomain.STREAM, StreamCode.CODEC_NOT_FOUND): TRANSPORT_REFUSED,
    **{
        (role, ErrorDomain.STREAM, code): CAMERA_FORMAT
        for role in _AFTER_SOURCE
        for code in (*_FORMAT_CODES, StreamCode.FAILED, StreamCode.ENCODE)
    },
    **{(role, ErrorDomain.STREAM, StreamCode.CODEC_NOT_FOUND): CAMERA_CODEC for role in _AFTER_SOURCE},
    (Role.DEPAYLOADER, ErrorDomain.RESOURCE, ResourceCode.NO_SPACE_LEFT): (Fault.DECODER, Reason.FLOODED),
    (Role.DEPAYLOADER, ErrorDomain.STREAM, StreamCode.WRONG_TYPE): (Fault.DECODER, Reason.CODEC_CHANGED),
    **{(role, ErrorDomain.STREAM, code): MUXER for role in _RECORDING for code in StreamCode},
    **{
        (role, ErrorDomain.STREAM, code): RECORDING_FORMAT
        for role in (Role.WRITER_SOURCE, Role.MUXER)
        for code in (*_FORMAT_CODES, StreamCode.CODEC_NOT_FOUND)
    },
    **{
        (role, ErrorDomain.RESOURCE, code): verdict
        for role in (Role.MUXER, Role.FILE_SINK)
        for code, verdict in _FILE_RESOURCE.items()
    },
    (Role.FILE_SINK, ErrorDomain.RESOURCE, ResourceCode.SETTINGS): IO_ERROR,
    (Role.MUXER, ErrorDomain.RESOURCE, ResourceCode.SETTINGS): MUXER,
    (Role.UNKNOWN, ErrorDomain.RESOURCE, ResourceCode.NO_SPACE_LEFT): NO_SPACE,
}
"""First look-up: sender, domain and code."""

BY_ROLE: dict[tuple[Role, str], Verdict] = {
    **{
        (role, CoreCode.MISSING_PLUGIN): (branch, Reason.MISSING_ELEMENT)
        for role, branch in BRANCH_OF_ROLE.items()
    },
    **{
        (role, code): CAMERA_FORMAT
        for role in (Role.SOURCE, *_AFTER_SOURCE)
        for code in (CoreCode.NEGOTIATION, CoreCode.CAPS)
    },
    **{
        (role, code): RECORDING_FORMAT
        for role in (Role.WRITER_SOURCE, Role.MUXER)
        for code in (CoreCode.NEGOTIATION, CoreCode.CAPS)
    },
    **{(Role.TRANSCODER, code): CAMERA_FORMAT for code in (LibraryCode.INIT, LibraryCode.ENCODE)},
    **{(Role.MUXER, code): MUXER for code in (LibraryCode.FAILED, LibraryCode.INIT, LibraryCode.ENCODE)},
}
"""Second look-up: sender and the code's name, which means the same in every domain."""


@dataclass(frozen=True, slots=True)
class TextRow:
    """Third look-up: a piece of the untranslated text, in lower case."""

    roles: frozenset[Role]
    needle: str
    verdict: Verdict
    code: ErrorCode | None = None
    """None: with any code."""


_CAMERA = frozenset({Role.SOURCE, Role.UNKNOWN})
_FILES = frozenset({*_RECORDING, Role.UNKNOWN})

HANG_UP_TEXT = "server closed the connection"

BY_TEXT: tuple[TextRow, ...] = (
    TextRow(_FILES, "no space left on device", NO_SPACE),
    TextRow(_FILES, "disk quota exceeded", NO_SPACE),
    TextRow(_FILES, "read-only file system", READ_ONLY),
    TextRow(_FILES, "permission denied", PERMISSION),
    TextRow(_FILES, "operation not permitted", PERMISSION),
    TextRow(_FILES, "input/output error", IO_ERROR),
    TextRow(_FILES, "no such file or directory", VOLUME_MISSING),
    TextRow(_FILES, "not a directory", VOLUME_MISSING),
    TextRow(_FILES, "no such device", VOLUME_MISSING),
    TextRow(_FILES, "stale file handle", VOLUME_MISSING),
    TextRow(_FILES, "transport endpoint is not connected", VOLUME_MISSING),
    TextRow(_FILES, "has no pts", RECORDING_FORMAT),
    TextRow(_CAMERA, "certificate", CERTIFICATE, ResourceCode.OPEN_READ_WRITE),
    TextRow(
        _CAMERA,
        "timeout while waiting",
        (Fault.RTSP_NETWORK, Reason.CONNECT_TIMEOUT),
        ResourceCode.OPEN_READ_WRITE,
    ),
    TextRow(_CAMERA, "timeout while waiting", (Fault.RTSP_NETWORK, Reason.NO_ANSWER)),
    TextRow(_CAMERA, "parse error", (Fault.RTSP_NETWORK, Reason.NOT_RTSP)),
    # A message of some gigabytes was announced; when memory really runs out, nobody is left to say so.
    TextRow(frozenset({Role.SOURCE}), "cannot allocate memory", (Fault.RTSP_NETWORK, Reason.NOT_RTSP)),
    TextRow(_CAMERA, HANG_UP_TEXT, (Fault.RTSP_NETWORK, Reason.CLOSED_BY_CAMERA)),
    TextRow(_CAMERA, "udp packets", (Fault.RTSP_NETWORK, Reason.NO_FIRST_FRAME)),
    TextRow(_CAMERA, "unauthorized", UNAUTHORIZED),
    TextRow(_CAMERA, "system error", CONNECTION_LOST),
    TextRow(_CAMERA, "delayed linking failed", CAMERA_FORMAT),
    TextRow(_CAMERA, "not-linked", CAMERA_FORMAT),
    TextRow(_CAMERA, "not-negotiated", CAMERA_FORMAT),
    TextRow(_CAMERA, "reason error (-5)", CONNECTION_LOST),
)
OUT_OF_MEMORY_TEXTS = ("cannot allocate memory", "out of memory")

OPEN_REASONS = frozenset(
    {Reason.CONNECTION_LOST, Reason.UNREACHABLE, Reason.IO_ERROR, Reason.MUXER, Reason.UNKNOWN}
)
"""Too general to stop at; the text may say more."""

QUOTED_REASONS = OPEN_REASONS | {Reason.CERTIFICATE, Reason.REDIRECTED}
"""What was said word for word belongs to the message."""

SEVERITY: dict[Fault, Severity] = {
    Fault.RTSP_NETWORK: Severity.HIGH,
    Fault.AUTHENTICATION: Severity.HIGH,
    Fault.STORAGE_DISCONNECTED: Severity.HIGH,
    Fault.DISK_FULL: Severity.HIGH,
    Fault.DECODER: Severity.MEDIUM,
    Fault.VIDEO_SINK: Severity.MEDIUM,
    Fault.RECORDING_BRANCH: Severity.MEDIUM,
    Fault.STREAMING_BRANCH: Severity.MEDIUM,
    # Nobody knows how bad it is, so nobody may take it lightly.
    Fault.UNKNOWN: Severity.HIGH,
}
SEVERITY_OF_REASON: dict[Reason, Severity] = {
    Reason.OUT_OF_MEMORY: Severity.CRITICAL,
    Reason.MISSING_ELEMENT: Severity.HIGH,
    Reason.SLOW_LINK: Severity.LOW,
    Reason.AUDIO_STALLED: Severity.LOW,
    Reason.FRAMES_DROPPED: Severity.LOW,
    Reason.FALLEN_BACK: Severity.MEDIUM,
}
"""Where the reason counts for more than the fault."""

SENTENCES: dict[Reason, str] = {
    Reason.HOST_NOT_FOUND: "The camera's name is not known: check the host in its URL, or write its IP address.",
    Reason.UNREACHABLE: "The camera cannot be reached: check its power, its network and the address in its URL.",
    Reason.REFUSED: "The camera refused the connection: check the port in its URL and that RTSP is enabled.",
    Reason.CONNECT_TIMEOUT: "The camera did not take the connection in time: check its power, network, firewall.",
    Reason.NO_ANSWER: "The camera took the connection but did not answer: restart it if this lasts.",
    Reason.NOT_RTSP: "What listens at the camera's address does not speak RTSP: check the port in its URL.",
    Reason.NOT_HTTP: "What listens at http_stream_url does not speak HTTP: check the port in it.",
    Reason.NO_TLS: "What listens at the camera's address does not speak TLS: check the port in its URL.",
    Reason.CERTIFICATE: "The camera's certificate is not trusted: if it is its own, put it into tls_fingerprint.",
    Reason.REDIRECTED: "The camera refers to another host, and is not followed: if it is right, put it into url.",
    Reason.UNAUTHORIZED: "The camera refused the user name or password: check both in the configuration.",
    Reason.NOT_FOUND: "The camera has no stream at this path: check the path in its URL.",
    Reason.TRANSPORT_REFUSED: "The camera refused the way of transport: set transport to another one, tcp first.",
    Reason.SERVER_ERROR: "The camera answered with an error: restart it if this lasts.",
    Reason.UNSUPPORTED_CODEC: "The camera sends a codec that cannot be recorded: set it to H.264, H.265 or MJPEG.",
    Reason.CLOSED_BY_CAMERA: "The camera closed the connection: it may be restarting or have too many viewers.",
    Reason.CONNECTION_LOST: "The connection to the camera broke: check the network if this happens often.",
    Reason.NO_FIRST_FRAME: "The camera agreed to play but sent no video: restart it; with udp, check firewalls.",
    Reason.VIDEO_STALLED: "The camera keeps the connection but sends no video: check its network and load.",
    Reason.SLOW_LINK: "Video comes more slowly than it is made: check the network between camera and recorder.",
    Reason.AUDIO_STALLED: "The camera sends no more sound, video goes on: check its audio settings.",
    Reason.FRAMES_DROPPED: "More than 10 frames a minute were dropped to keep up: check the load of this machine.",
    Reason.FALLEN_BACK: "RTSP does not work; Motion JPEG is taken over HTTP until it does.",
    Reason.NO_SPACE: "The volume is full: free some space or use a larger volume.",
    Reason.DISK_FAILING: "A disk says that it is failing: copy what is on it and replace it now.",
    Reason.DISK_DEFECTS: "A disk has places that cannot be read: replace it soon.",
    Reason.DISK_WORN: "A disk has had nearly all the writes that it is made for: replace it soon.",
    Reason.DISK_HOT: "A disk is too hot: look at fans and air.",
    Reason.RAID_DEGRADED: "An array works with fewer disks than it should: replace the one that is missing.",
    Reason.PROTECTED_ONLY: "The volume is full, nothing on it may be deleted: make room, or release recordings.",
    Reason.KEPT_TOO_SHORT: "There is not enough room for what was asked for: add a volume, or ask for less.",
    Reason.IO_ERROR: "The volume could not be written: check the disk, its cable and the system log.",
    Reason.READ_ONLY: "The volume has become read-only: look for errors of its disk in the system log.",
    Reason.PERMISSION: "Writing to the volume is not permitted: give the user of gstnvr the right to write there.",
    Reason.VOLUME_MISSING: "The volume is not there: plug it in, or mount it.",
    Reason.WRONG_VOLUME: "Another disk is mounted in place of the volume: mount the right one.",
    Reason.IDENTITY_LOST: "The volume's identity file is gone or damaged: put it back, or mount the right disk.",
    Reason.SLOW_DISK: "The disk is slower than the cameras: use a faster one, fewer cameras, or lower bit rates.",
    Reason.COPIES_BEHIND: "Recordings come faster than they are copied: allow more of the line, or copy less.",
    Reason.NOT_COPIED: "Recordings were deleted before they were copied: keep them for longer, or copy faster.",
    Reason.WRITE_STALLED: "The volume takes no data: check the disk, or the connection to the file server.",
    Reason.MUXER: "The segment could not be written: a new one is begun.",
    Reason.STREAM_FORMAT: "The stream cannot be understood: check the camera's video settings and its firmware.",
    Reason.CODEC_CHANGED: "The camera sends another codec than it announced: it is connected anew.",
    Reason.FLOODED: "The camera sends more and more, and no picture comes of it: restart it, update its firmware.",
    Reason.MISSING_ELEMENT: "A GStreamer element is missing: run gstnvr doctor to see which package to install.",
    Reason.OUT_OF_MEMORY: "Memory ran out: the process is replaced; use fewer streams or add memory.",
    Reason.PIPELINE_HUNG: "A pipeline did not stop in time and was abandoned.",
    Reason.UNKNOWN: "An error that is not known yet: please report it with its code.",
}
"""What happened, and what to do about it."""
