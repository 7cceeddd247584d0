"""GStreamer's messages in our own words."""

import re
from typing import Any

from gstnvr.gst.runtime import GLib, Gst
from gstnvr.media.messages import (
    Buffering,
    CoreCode,
    EndOfStream,
    ErrorCode,
    ErrorDomain,
    FramesDropped,
    LibraryCode,
    MediaMessage,
    PipelineError,
    PlayAnswered,
    ResourceCode,
    Role,
    RtcpTimeout,
    StreamCode,
)

_DOMAINS: tuple[tuple[ErrorDomain, int, Any, type[ErrorCode]], ...] = (
    (ErrorDomain.RESOURCE, Gst.ResourceError.quark(), Gst.ResourceError, ResourceCode),
    (ErrorDomain.STREAM, Gst.StreamError.quark(), Gst.StreamError, StreamCode),
    (ErrorDomain.CORE, Gst.CoreError.quark(), Gst.CoreError, CoreCode),
    (ErrorDomain.LIBRARY, Gst.LibraryError.quark(), Gst.LibraryError, LibraryCode),
)
_OK = 200
_ROLES = {role.value: role for role in Role}
_TRACK_SUFFIX = re.compile(r"-(video|audio)$")


def name_for(role: Role, track: str = "") -> str:
    """Name to give to an element, so that ``role_of`` finds its role again."""
    return f"{role}-{track}" if track else str(role)


def role_of(source: Gst.Object | None) -> Role:
    """Role of the element that sent a message, or of the nearest element of ours around it."""
    while source is not None:
        name = _TRACK_SUFFIX.sub("", source.get_name() or "")
        if name in _ROLES:
            return _ROLES[name]
        source = source.get_parent()
    return Role.UNKNOWN


def translate(message: Gst.Message) -> MediaMessage | None:
    """What the message means to a session or a recording; None: nothing."""
    found: MediaMessage | None = None
    match message.type:
        case Gst.MessageType.ERROR:
            error, debug = message.parse_error()
            found = _error(message, error, debug, message.parse_error_details(), fatal=True)
        case Gst.MessageType.WARNING:
            error, debug = message.parse_warning()
            found = _error(message, error, debug, message.parse_warning_details(), fatal=False)
        case Gst.MessageType.EOS:
            found = EndOfStream()
        case Gst.MessageType.BUFFERING:
            found = Buffering(message.parse_buffering())
        case Gst.MessageType.QOS:
            found = FramesDropped(role_of(message.src))
        case Gst.MessageType.PROGRESS:
            kind, code, _ = message.parse_progress()
            if (kind, code) == (Gst.ProgressType.COMPLETE, "request"):
                found = PlayAnswered()
        case Gst.MessageType.ELEMENT:
            structure = message.get_structure()
            if structure is not None:
                found = _from_element(structure)
    return found


def _from_element(structure: Gst.Structure) -> MediaMessage | None:
    if structure.get_name() == "GstRTSPSrcTimeout":
        return RtcpTimeout()
    if structure.get_name() == "http-headers" and structure.get_uint("http-status-code") == (True, _OK):
        return PlayAnswered()
    return None


def _error(
    message: Gst.Message, error: GLib.Error, debug: str | None, details: Gst.Structure | None, *, fatal: bool
) -> PipelineError:
    domain, code = _code(error)
    return PipelineError(
        domain=domain,
        code=code,
        role=role_of(message.src),
        text=error.message,
        debug=debug or "",
        rtsp_status=_status(details) if details is not None else None,
        fatal=fatal,
    )


def _status(details: Gst.Structure) -> int | None:
    answers = (
        details.get_int("rtsp-status-code"),
        details.get_uint("rtsp-status-code"),
        details.get_uint("http-status-code"),
    )
    return next((status for found, status in answers if found), None)


def _code(error: GLib.Error) -> tuple[ErrorDomain, ErrorCode | None]:
    for domain, quark, theirs, ours in _DOMAINS:
        for code in ours:
            if error.matches(quark, int(getattr(theirs, code))):
                return domain, code
        if error.domain == GLib.quark_to_string(quark):
            return domain, None
    return ErrorDomain.OTHER, None
