"""When a volume counts as away, and when it is looked at again."""

from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.status import VolumeStatus
from gstnvr.supervisor.volumes.returns import Returns
from gstnvr.testing.clock import SimulatedClock

GONE = FaultReport(Fault.STORAGE_DISCONNECTED, Reason.IO_ERROR, Severity.HIGH, "gone")


def status(uuid: str, fault: FaultReport | None = None) -> VolumeStatus:
    return VolumeStatus(uuid, f"/{uuid}", fault, None, None, ())


def test_a_volume_is_looked_at_once_after_it_has_been_back_for_a_while() -> None:
    clock = SimulatedClock()
    returns = Returns(clock)
    returns.note([[status("a", GONE), status("b")]])
    failed = clock.utc_ns()
    clock.advance(60)
    returns.note([[status("a"), status("b")]])
    clock.advance(14)
    returns.note([[status("a"), status("b")]])
    assert returns.due() == {}
    assert set(returns.away) == {"a"}
    clock.advance(1)
    assert returns.due() == {"a": failed}
    returns.attended("a")
    returns.note([[status("a"), status("b")]])
    assert (returns.due(), set(returns.away)) == ({}, set())


def test_it_is_away_as_long_as_one_recorder_says_so_or_none_says_anything() -> None:
    clock = SimulatedClock()
    returns = Returns(clock)
    returns.note([[status("a", GONE)], [status("a", GONE)]])
    returns.note([[status("a")], [status("a", GONE)]])
    clock.advance(60)
    returns.note([])
    clock.advance(60)
    assert returns.due() == {}
    returns.note([[status("a")], [status("a")]])
    returns.note([[status("a", GONE)], [status("a")]])
    clock.advance(60)
    assert returns.due() == {}, "it failed again before it was looked at"
