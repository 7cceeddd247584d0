"""The grammar of ``--fault``: ``CAMERA@+SECONDSs FAULT[=VALUE] [for SECONDSs]``."""

import re
from dataclasses import dataclass

from gstnvr.simulator.behaviour import Order, OrderError, make_order

GRAMMAR = "CAMERA@+5s FAULT[=VALUE] [for 10s]"

_SECONDS = r"([0-9]+(?:\.[0-9]+)?)s"
_FAULT = re.compile(rf"(\S+)@\+{_SECONDS}\s+([a-z_]+)(?:=(\S+))?(?:\s+for\s+{_SECONDS})?")


@dataclass(frozen=True, slots=True)
class ScheduledOrder:
    """An order that is carried out later."""

    after_s: float
    """Seconds after the cameras are ready."""
    order: Order


def parse_scheduled(text: str) -> ScheduledOrder:
    """Read one ``--fault``.

    Raises:
        OrderError: not in the grammar, or an order that makes no sense.
    """
    match = _FAULT.fullmatch(text.strip())
    if match is None:
        raise OrderError(f"not in the form {GRAMMAR}: {text!r}")
    camera, after, what, value, duration = match.groups()
    duration_s = None if duration is None else float(duration)
    return ScheduledOrder(float(after), make_order(what, camera, value or "", duration_s))
