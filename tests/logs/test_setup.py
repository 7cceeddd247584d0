"""What a process writes to standard error, seen from outside it."""

import os
import re
import subprocess
import sys
import textwrap
import threading

import pytest

SECRET = "S3cr3t-w0rd"

LINE = re.compile(
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR|CRITICAL) recorder-0 [\w.]+( [\w/]+)?: .+$"
)


def run(program: str) -> list[str]:
    """Lines that a program writes to standard output and error, after ours has set up logging."""
    prelude = f"""
        import logging, threading, warnings
        from gstnvr.config.settings import LogLevel
        from gstnvr.logs.redaction import register_secret
        from gstnvr.logs.setup import camera_logger, configure
        SECRET = "{SECRET}"
        register_secret(SECRET)
        configure("recorder-0", LogLevel.INFO)
        log = logging.getLogger("gstnvr.recorder")
    """
    source = textwrap.dedent(prelude) + textwrap.dedent(program)
    done = subprocess.run(
        [sys.executable, "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.splitlines()


def test_a_line_has_time_level_process_logger_and_message() -> None:
    (line,) = run('log.info("connected to %s", "rtsp://h/")')
    assert LINE.match(line)
    assert line.endswith("INFO recorder-0 gstnvr.recorder: connected to rtsp://h/")


def test_a_camera_logger_names_the_camera() -> None:
    (line,) = run('camera_logger("gstnvr.recorder", "front_door/main").warning("no frames")')
    assert line.endswith("WARNING recorder-0 gstnvr.recorder front_door/main: no frames")


def test_every_record_is_one_line_whatever_is_in_it() -> None:
    lines = run(r'log.info("one\ntwo\x1b[31m\r\n three \u2028 four\0")')
    assert len(lines) == 1
    assert LINE.match(lines[0])
    assert "\x1b" not in lines[0]


def test_an_exception_is_one_line_with_causes_and_places() -> None:
    program = """
        def connect(): raise OSError(113, "No route to host")
        def start():
            try: connect()
            except OSError as error: raise RuntimeError("cannot start") from error
        try: start()
        except RuntimeError: log.exception("failed")
    """
    (line,) = run(program)
    assert "failed | RuntimeError: cannot start (at <string>:" in line
    assert ", because of OSError: [Errno 113] No route to host (at <string>:" in line
    assert "connect < " in line


def test_members_of_an_exception_group_are_told() -> None:
    (line,) = run('log.error("x", exc_info=ExceptionGroup("tasks", [ValueError("a"), KeyError("b")]))')
    assert "[ValueError: a; KeyError: 'b']" in line


@pytest.mark.parametrize(
    "program",
    [
        'log.info("password is " + SECRET)',
        'log.info("password is %s", SECRET)',
        'log.info("password is %r", {"x": SECRET})',
        'log.error("x", exc_info=ValueError(SECRET))',
        "warnings.warn(SECRET)",
        "raise ValueError(SECRET)",
        "threading.Thread(target=lambda: int(SECRET)).start()",
        'logging.getLogger("uvicorn.access").warning("GET /?token=%s", SECRET)',
        'log.info("x", extra={"camera": SECRET})',
        'log.info("x " + SECRET, stack_info=True)',
        'foreign = logging.StreamHandler(); log.addHandler(foreign); log.warning("x %s", SECRET)',
        'log.addHandler(logging.StreamHandler()); log.error("x", exc_info=ValueError(SECRET))',
        """
import uvicorn
uvicorn.Config(app=None)
logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "::1", "GET", "/?a=" + SECRET, "1.1", 200)
""",
    ],
)
def test_no_way_of_logging_lets_a_secret_through(program: str) -> None:
    lines = run(program)
    assert lines
    assert SECRET not in "\n".join(lines)


def test_lines_below_the_level_are_not_written() -> None:
    assert run('log.debug("x"); logging.getLogger("httpx").info("x")') == []


def test_a_reader_who_stops_reading_does_not_stop_the_program() -> None:
    program = """
        import sys
        for number in range(30_000): log.info("line %d %s", number, "x" * 100)
        print("still here", flush=True)
        sys.stdin.readline()
    """
    prelude = """
        import logging
        from gstnvr.config.settings import LogLevel
        from gstnvr.logs.setup import configure
        configure("recorder-0", LogLevel.INFO)
        log = logging.getLogger("gstnvr.recorder")
    """
    source = textwrap.dedent(prelude) + textwrap.dedent(program)
    process = subprocess.Popen(
        [sys.executable, "-c", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin and process.stdout and process.stderr
        guard = threading.Timer(60, process.kill)
        guard.start()
        try:
            assert process.stdout.readline() == "still here\n"
            process.stdin.write("\n")
            process.stdin.flush()
            lines = process.stderr.read().splitlines()
        finally:
            guard.cancel()
    assert len(lines) > 1000
    assert process.returncode == 0


def test_a_closed_standard_error_does_not_stop_the_program() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    program = """
        import logging, sys, time
        from gstnvr.config.settings import LogLevel
        from gstnvr.logs.setup import configure
        configure("recorder-0", LogLevel.INFO)
        for number in range(100): logging.info("line")
        logging.shutdown()
        sys.stderr = None
        print("still here")
    """
    with os.fdopen(writing) as broken:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            stdout=subprocess.PIPE,
            stderr=broken,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.stdout == "still here\n"
