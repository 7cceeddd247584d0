"""What a source or a writer says about itself, in our own words."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What the element that sent a message is for; elements are named by it."""

    SOURCE = "source"
    DEPAYLOADER = "depayloader"
    PARSER = "parser"
    TRANSCODER = "transcoder"
    SOURCE_SINK = "source_sink"
    """End of the source pipeline."""
    WRITER_SOURCE = "writer_source"
    MUXER = "muxer"
    FILE_SINK = "file_sink"
    LIVE = "live"
    UNKNOWN = "unknown"


class ErrorDomain(StrEnum):
    """GStreamer's four, and ours for what never reaches a bus."""

    CORE = "core"
    LIBRARY = "library"
    RESOURCE = "resource"
    STREAM = "stream"
    OTHER = "other"


class ResourceCode(StrEnum):
    """Names of ``GstResourceError``; numbers differ from what people remember, names do not."""

    FAILED = "FAILED"
    TOO_LAZY = "TOO_LAZY"
    NOT_FOUND = "NOT_FOUND"
    BUSY = "BUSY"
    OPEN_READ = "OPEN_READ"
    OPEN_WRITE = "OPEN_WRITE"
    OPEN_READ_WRITE = "OPEN_READ_WRITE"
    CLOSE = "CLOSE"
    READ = "READ"
    WRITE = "WRITE"
    SEEK = "SEEK"
    SYNC = "SYNC"
    SETTINGS = "SETTINGS"
    NO_SPACE_LEFT = "NO_SPACE_LEFT"
    NOT_AUTHORIZED = "NOT_AUTHORIZED"


class StreamCode(StrEnum):
    """Names of ``GstStreamError``."""

    FAILED = "FAILED"
    TOO_LAZY = "TOO_LAZY"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    TYPE_NOT_FOUND = "TYPE_NOT_FOUND"
    WRONG_TYPE = "WRONG_TYPE"
    CODEC_NOT_FOUND = "CODEC_NOT_FOUND"
    DECODE = "DECODE"
    ENCODE = "ENCODE"
    DEMUX = "DEMUX"
    MUX = "MUX"
    FORMAT = "FORMAT"
    DECRYPT = "DECRYPT"
    DECRYPT_NOKEY = "DECRYPT_NOKEY"


class CoreCode(StrEnum):
    """Names of ``GstCoreError``."""

    FAILED = "FAILED"
    TOO_LAZY = "TOO_LAZY"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    STATE_CHANGE = "STATE_CHANGE"
    PAD = "PAD"
    THREAD = "THREAD"
    NEGOTIATION = "NEGOTIATION"
    EVENT = "EVENT"
    SEEK = "SEEK"
    CAPS = "CAPS"
    TAG = "TAG"
    MISSING_PLUGIN = "MISSING_PLUGIN"
    CLOCK = "CLOCK"
    DISABLED = "DISABLED"


class LibraryCode(StrEnum):
    """Names of ``GstLibraryError``."""

    FAILED = "FAILED"
    TOO_LAZY = "TOO_LAZY"
    INIT = "INIT"
    SHUTDOWN = "SHUTDOWN"
    SETTINGS = "SETTINGS"
    ENCODE = "ENCODE"


ErrorCode = ResourceCode | StreamCode | CoreCode | LibraryCode


@dataclass(frozen=True, slots=True)
class PipelineError:
    """An ERROR or WARNING from an element."""

    domain: ErrorDomain
    code: ErrorCode | None
    """None: a code that this version of GStreamer has and we do not know, or domain OTHER."""
    role: Role
    text: str
    debug: str = ""
    """Untranslated; the errno of a failed write stands only here."""
    rtsp_status: int | None = None
    """What the camera answered, over RTSP or HTTP."""
    fatal: bool = True
    """False: a WARNING."""


@dataclass(frozen=True, slots=True)
class EndOfStream:
    """The pipeline has no more to give; from a source, mostly a camera that closed the connection."""


@dataclass(frozen=True, slots=True)
class RtcpTimeout:
    """rtspsrc has missed RTCP and RTP for long (``GstRTSPSrcTimeout``)."""


@dataclass(frozen=True, slots=True)
class PlayAnswered:
    """The camera agreed to play; nothing has come yet."""


@dataclass(frozen=True, slots=True)
class Buffering:
    """A buffer of the pipeline is not as full as it should be, or is again."""

    percent: int
    """100: full."""


@dataclass(frozen=True, slots=True)
class FramesDropped:
    """An element that cannot keep up dropped a frame (QOS)."""

    role: Role


MediaMessage = PipelineError | EndOfStream | RtcpTimeout | PlayAnswered | Buffering | FramesDropped
