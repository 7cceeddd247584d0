"""All checks, one after the other, none of which may hold up the others for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial

from gstnvr.config.load import Configuration
from gstnvr.doctor.disks import check_disks
from gstnvr.doctor.folders import check_folders
from gstnvr.doctor.machine import check_clock, check_limits, check_port
from gstnvr.doctor.settings import check_configuration
from gstnvr.doctor.software import check_software
from gstnvr.model.findings import Finding, Remedy, failed

Check = Callable[[], Iterator[Finding]]

_PATIENCE_S = 15.0
_DISK_PATIENCE_S = 60.0
_SOFTWARE_PATIENCE_S = 180.0


def examine_machine() -> Iterator[Finding]:
    """What does not depend on the configuration."""
    yield from within(_SOFTWARE_PATIENCE_S, "software", check_software)
    yield from within(_PATIENCE_S, "clock", check_clock)


def examine_configured(configuration: Configuration) -> Iterator[Finding]:
    """What the configuration leads to."""
    settings = configuration.settings
    yield from within(_PATIENCE_S, "configuration", partial(check_configuration, configuration))
    yield from within(_PATIENCE_S, "folders", partial(check_folders, settings))
    yield from within(_DISK_PATIENCE_S, "disks", partial(check_disks, settings))
    yield from within(_PATIENCE_S, "port", partial(check_port, settings))
    yield from within(_PATIENCE_S, "open files", partial(check_limits, settings))


def within(patience_s: float, name: str, check: Check) -> list[Finding]:
    """On a thread that may hang for ever, as reading from a disk or server that is gone does."""
    answer: Future[list[Finding]] = Future()
    threading.Thread(target=_run, args=(check, answer), daemon=True).start()
    try:
        return answer.result(patience_s)
    except TimeoutError:
        advice = "look at the disks and the network file systems"
        return [failed(name, f"no answer within {patience_s:g} seconds", advice, Remedy.LOOK_AT_DISK)]


def _run(check: Check, answer: Future[list[Finding]]) -> None:
    try:
        answer.set_result(list(check()))
    except Exception as error:  # noqa: BLE001 - raised again where the answer is awaited
        answer.set_exception(error)
