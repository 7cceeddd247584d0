"""Classification is total, and right for every message that was really seen."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.media.messages import (
    CoreCode,
    EndOfStream,
    ErrorCode,
    ErrorDomain,
    LibraryCode,
    PipelineError,
    ResourceCode,
    Role,
    RtcpTimeout,
    StreamCode,
)
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity, gap_cause
from gstnvr.session import fault_tables, faults

CODES: dict[ErrorDomain, list[ErrorCode | None]] = {
    ErrorDomain.CORE: [*CoreCode, None],
    ErrorDomain.LIBRARY: [*LibraryCode, None],
    ErrorDomain.RESOURCE: [*ResourceCode, None],
    ErrorDomain.STREAM: [*StreamCode, None],
    ErrorDomain.OTHER: [None],
}
EVERY_KIND = [(domain, code, role) for domain, codes in CODES.items() for code, role in product(codes, Role)]
SOURCE_SIDE = {Role.SOURCE, Role.DEPAYLOADER, Role.PARSER, Role.TRANSCODER, Role.SOURCE_SINK}
STORAGE = {Fault.STORAGE_DISCONNECTED, Fault.DISK_FULL}
R, S, C = ErrorDomain.RESOURCE, ErrorDomain.STREAM, ErrorDomain.CORE


def _is_presentable(found: FaultReport) -> bool:
    return bool(found.message) and "\n" not in found.message and len(found.message) < 400


@pytest.mark.parametrize("fatal", [True, False])
@pytest.mark.parametrize("status", [None, 200, 401, 404, 461, 503])
def test_every_combination_has_a_meaning(status: int | None, fatal: bool) -> None:
    for domain, code, role in EVERY_KIND:
        error = PipelineError(domain, code, role, "text", "debug", rtsp_status=status, fatal=fatal)
        found = faults.classify(error)
        assert _is_presentable(found)
        assert found.code.startswith(f"{role} {domain}")
        assert gap_cause(found.fault)
        assert (found.severity is Severity.LOW) == (not fatal)
        if role in SOURCE_SIDE:
            assert found.fault not in STORAGE
        if role in (Role.MUXER, Role.FILE_SINK, Role.WRITER_SOURCE, Role.LIVE):
            assert found.fault not in (Fault.RTSP_NETWORK, Fault.AUTHENTICATION)


@given(
    kind=st.sampled_from(EVERY_KIND),
    text=st.text(),
    debug=st.sampled_from([row.needle for row in fault_tables.BY_TEXT]) | st.text(),
    status=st.none() | st.integers(100, 699),
)
def test_no_text_upsets_it(
    kind: tuple[ErrorDomain, ErrorCode | None, Role], text: str, debug: str, status: int | None
) -> None:
    domain, code, role = kind

    found = faults.classify(PipelineError(domain, code, role, text, debug, rtsp_status=status))

    assert _is_presentable(found)


SEEN_FROM_SOURCES = [
    (R, ResourceCode.OPEN_READ_WRITE, "Failed to connect. (Generic error)", None, Reason.UNREACHABLE),
    (
        R,
        ResourceCode.OPEN_READ_WRITE,
        "Failed to connect. (Timeout while waiting for server response)",
        None,
        Reason.CONNECT_TIMEOUT,
    ),
    (R, ResourceCode.READ, "Could not receive message. (Parse error)", None, Reason.NOT_RTSP),
    (R, ResourceCode.READ, "(Timeout while waiting for server response)", None, Reason.NO_ANSWER),
    (R, ResourceCode.NOT_AUTHORIZED, "Unauthorized", 401, Reason.UNAUTHORIZED),
    (R, ResourceCode.NOT_AUTHORIZED, "Unauthorized", None, Reason.UNAUTHORIZED),
    (R, ResourceCode.READ, "Got error response", 403, Reason.UNAUTHORIZED),
    (R, ResourceCode.NOT_FOUND, "Not found", 404, Reason.NOT_FOUND),
    (R, ResourceCode.NOT_FOUND, "Not found", None, Reason.NOT_FOUND),
    (R, ResourceCode.READ, "Got error response: 503", 503, Reason.SERVER_ERROR),
    (S, StreamCode.CODEC_NOT_FOUND, "No supported stream was found.", None, Reason.TRANSPORT_REFUSED),
    (S, StreamCode.CODEC_NOT_FOUND, "No supported stream was found.", 461, Reason.TRANSPORT_REFUSED),
    (R, ResourceCode.READ, "The server closed the connection.", None, Reason.CLOSED_BY_CAMERA),
    (R, ResourceCode.READ, "(System error)", None, Reason.CONNECTION_LOST),
    (R, ResourceCode.WRITE, "Could not write to resource.", None, Reason.CONNECTION_LOST),
    (R, ResourceCode.SEEK, "Server does not support seeking.", None, Reason.CONNECTION_LOST),
    (R, ResourceCode.OPEN_READ, "Busy", 503, Reason.SERVER_ERROR),
    (R, ResourceCode.OPEN_READ, "Found", 302, Reason.REDIRECTED),
    (R, ResourceCode.OPEN_READ_WRITE, "certificate refused: unknown-ca", None, Reason.CERTIFICATE),
    (S, StreamCode.FAILED, "streaming stopped, reason error (-5)", None, Reason.CONNECTION_LOST),
    (S, StreamCode.FAILED, "streaming stopped, reason not-linked (-1)", None, Reason.STREAM_FORMAT),
    (C, CoreCode.NEGOTIATION, "Delayed linking failed.", None, Reason.STREAM_FORMAT),
    (
        R,
        ResourceCode.READ,
        "Could not receive any UDP packets for 3.0000 seconds, maybe your firewall is blocking it.",
        None,
        Reason.NO_FIRST_FRAME,
    ),
]


@pytest.mark.parametrize(("domain", "code", "text", "status", "reason"), SEEN_FROM_SOURCES)
def test_what_sources_were_seen_to_say(
    domain: ErrorDomain, code: ErrorCode, text: str, status: int | None, reason: Reason
) -> None:
    found = faults.classify(PipelineError(domain, code, Role.SOURCE, text, rtsp_status=status))

    assert found.reason is reason
    expected = {
        Reason.UNAUTHORIZED: (Fault.AUTHENTICATION, Severity.HIGH),
        Reason.STREAM_FORMAT: (Fault.DECODER, Severity.MEDIUM),
    }
    assert (found.fault, found.severity) == expected.get(reason, (Fault.RTSP_NETWORK, Severity.HIGH))


SEEN_FROM_WRITERS = [
    (Role.FILE_SINK, R, ResourceCode.NO_SPACE_LEFT, "", (Fault.DISK_FULL, Reason.NO_SPACE)),
    (Role.FILE_SINK, R, ResourceCode.WRITE, "Input/output error", (Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR)),
    (Role.FILE_SINK, R, ResourceCode.WRITE, "", (Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR)),
    (
        Role.FILE_SINK,
        R,
        ResourceCode.WRITE,
        "gstfdsink.c: Error while writing: Read-only file system",
        (Fault.STORAGE_DISCONNECTED, Reason.READ_ONLY),
    ),
    (
        Role.FILE_SINK,
        R,
        ResourceCode.OPEN_WRITE,
        "system error: Permission denied",
        (Fault.STORAGE_DISCONNECTED, Reason.PERMISSION),
    ),
    (
        Role.FILE_SINK,
        R,
        ResourceCode.OPEN_WRITE,
        "system error: Operation not permitted",
        (Fault.STORAGE_DISCONNECTED, Reason.PERMISSION),
    ),
    (
        Role.FILE_SINK,
        R,
        ResourceCode.OPEN_WRITE,
        "system error: No such file or directory",
        (Fault.STORAGE_DISCONNECTED, Reason.VOLUME_MISSING),
    ),
    (
        Role.FILE_SINK,
        R,
        ResourceCode.OPEN_WRITE,
        "system error: No space left on device",
        (Fault.DISK_FULL, Reason.NO_SPACE),
    ),
    (Role.FILE_SINK, R, ResourceCode.SEEK, "", (Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR)),
    (Role.MUXER, S, StreamCode.MUX, "", (Fault.RECORDING_BRANCH, Reason.MUXER)),
    (Role.MUXER, S, StreamCode.MUX, "Buffer has no PTS.", (Fault.RECORDING_BRANCH, Reason.STREAM_FORMAT)),
    (Role.MUXER, R, ResourceCode.SETTINGS, "", (Fault.RECORDING_BRANCH, Reason.MUXER)),
    (
        Role.WRITER_SOURCE,
        S,
        StreamCode.FAILED,
        "streaming stopped, reason error (-5)",
        (Fault.RECORDING_BRANCH, Reason.MUXER),
    ),
]


@pytest.mark.parametrize(("role", "domain", "code", "debug", "verdict"), SEEN_FROM_WRITERS)
def test_what_writers_were_seen_to_say(
    role: Role, domain: ErrorDomain, code: ErrorCode, debug: str, verdict: fault_tables.Verdict
) -> None:
    found = faults.classify(PipelineError(domain, code, role, "", debug))

    fault, reason = verdict
    assert (found.fault, found.reason) == (fault, reason)
    assert found.severity is (Severity.HIGH if fault in STORAGE else Severity.MEDIUM)


def test_the_text_does_not_overrule_a_code_that_says_enough() -> None:
    denied = PipelineError(R, ResourceCode.NOT_AUTHORIZED, Role.SOURCE, "parse error, not-linked")

    assert faults.classify(denied).reason is Reason.UNAUTHORIZED


def test_the_same_code_means_network_from_the_source_and_storage_from_the_sink() -> None:
    by_role = {
        role: faults.classify(PipelineError(R, ResourceCode.WRITE, role, "")).fault
        for role in (Role.SOURCE, Role.FILE_SINK)
    }

    assert by_role == {Role.SOURCE: Fault.RTSP_NETWORK, Role.FILE_SINK: Fault.STORAGE_DISCONNECTED}


@pytest.mark.parametrize("role", list(Role))
def test_a_missing_element_is_told_whoever_lacks_it(role: Role) -> None:
    found = faults.classify(PipelineError(C, CoreCode.MISSING_PLUGIN, role, ""))

    assert (found.reason, found.severity) == (Reason.MISSING_ELEMENT, Severity.HIGH)


def test_lack_of_memory_is_critical() -> None:
    found = faults.classify(PipelineError(R, ResourceCode.WRITE, Role.FILE_SINK, "", "Cannot allocate memory"))

    assert (found.reason, found.severity) == (Reason.OUT_OF_MEMORY, Severity.CRITICAL)


def test_the_unknown_is_reported_with_its_words_but_without_secrets() -> None:
    error = PipelineError(
        ErrorDomain.OTHER, None, Role.SOURCE, "odd thing at rtsp://admin:hunter2@192.0.2.1/x\nsecond line"
    )

    found = faults.classify(error, subject="front_door/main")

    assert (found.fault, found.reason, found.severity) == (Fault.UNKNOWN, Reason.UNKNOWN, Severity.HIGH)
    assert found.message.startswith("front_door/main: ")
    assert "odd thing at rtsp://192.0.2.1/x" in found.message
    assert "hunter2" not in found.message and "second" not in found.message


@pytest.mark.parametrize(("fault", "reason"), list(product(Fault, Reason)))
def test_every_fault_and_reason_can_be_told(fault: Fault, reason: Reason) -> None:
    assert _is_presentable(faults.report(fault, reason))


def test_the_tables_leave_nothing_out() -> None:
    assert set(fault_tables.BRANCH_OF_ROLE) == set(Role)
    assert set(fault_tables.SENTENCES) == set(Reason)
    assert set(fault_tables.SEVERITY) == set(Fault)


def test_the_first_of_two_faults_is_the_cause() -> None:
    reset = faults.report(Fault.RTSP_NETWORK, Reason.CONNECTION_LOST)
    later = faults.report(Fault.DECODER, Reason.STREAM_FORMAT)

    assert faults.first_cause(reset, later) is reset


@pytest.mark.parametrize("fault", [Fault.DISK_FULL, Fault.STORAGE_DISCONNECTED])
@pytest.mark.parametrize("set_off", [Fault.RTSP_NETWORK, Fault.RECORDING_BRANCH, Fault.UNKNOWN])
def test_storage_beats_the_stream_error_that_it_set_off(fault: Fault, set_off: Fault) -> None:
    stream_error = faults.report(set_off, Reason.MUXER)
    storage = faults.report(fault, Reason.IO_ERROR)

    assert faults.first_cause(stream_error, storage) is storage
    assert faults.first_cause(storage, stream_error) is storage


def test_the_known_beats_the_unknown() -> None:
    unknown = faults.report(Fault.UNKNOWN, Reason.UNKNOWN)
    known = faults.report(Fault.RTSP_NETWORK, Reason.REFUSED)

    assert faults.first_cause(unknown, known) is known
    assert faults.first_cause(known, unknown) is known


def test_what_ends_a_session_and_what_only_hints_at_a_cause() -> None:
    error = PipelineError(R, ResourceCode.READ, Role.SOURCE, "")
    warning = PipelineError(R, ResourceCode.READ, Role.SOURCE, "", fatal=False)
    parser_warning = PipelineError(S, StreamCode.DECODE, Role.PARSER, "", fatal=False)

    ends = [faults.ends_session(each) for each in (error, EndOfStream(), warning, RtcpTimeout(), parser_warning)]
    hints = [faults.names_cause(each) for each in (error, EndOfStream(), warning, RtcpTimeout(), parser_warning)]

    assert ends == [True, True, False, False, False]
    assert hints == [False, False, True, True, False]
