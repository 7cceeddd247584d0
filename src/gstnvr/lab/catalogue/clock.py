"""Faults of the machine's clock."""

from gstnvr.lab.entries import Expected, FaultEntry, Group, Need, Reach
from gstnvr.lab.injections.clock import SetClock


def _set(name: str, how: str, seconds: float) -> FaultEntry:
    """Interrupts nothing: a segment ends and the next begins."""
    return FaultEntry(
        name=name,
        group=Group.CLOCK,
        how=f"clock of gstnvr's processes set {how} (libfaketime)",
        injection=SetClock(seconds),
        expected=Expected(),
        needs=frozenset({Need.FAKETIME}),
        reach=Reach.PROGRAM,
    )


ENTRIES = (
    _set("clock-forward-1h", "1 h forward", 3600),
    _set("clock-back-1h", "1 h back", -3600),
    _set("clock-forward-1d", "a day forward", 86_400),
    _set("clock-back-1d", "a day back", -86_400),
    _set("clock-step", "0.4 s forward, as by a time server", 0.4),
    _set("clock-step-back", "0.4 s back, as by a time server", -0.4),
)
