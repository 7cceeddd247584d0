"""Incidents of places that take copies."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gstnvr.copies.messages import PlaceReport, Problem
from gstnvr.db.index import Index
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.records import Incident
from gstnvr.supervisor.copies.copy_notices import CopyNotices
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.testing.clock import SimulatedClock


class Rig:
    """One supervisor after the other, and the index that outlives them."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.clock = SimulatedClock()
        self.start()

    def start(self) -> None:
        self.ledger = EventLedger(self.index)
        self.notices = CopyNotices(self.ledger, self.clock)

    def told(self) -> list[Incident]:
        """In order of their beginning."""
        with self.index.writing() as writer:
            while self.ledger._waiting:
                self.ledger._waiting.popleft().apply(writer)
        return list(reversed(self.index.incidents()))

    def heard(self, reason: Reason | None, lost: int = 0) -> None:
        self.clock.advance(1)
        problem = None if reason is None else Problem(reason, "as it says")
        self.notices.heard(PlaceReport("offsite", problem, False, 0.0, None, None, lost))

    def seen(self) -> list[tuple[Fault, Reason, bool]]:
        return [(one.fault, one.reason, one.recovered is not None) for one in self.told()]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Index.open(tmp_path / "index.db") as index:
        yield Rig(index)


def test_a_problem_is_one_incident_until_it_is_over_or_another(rig: Rig) -> None:
    for reason in (None, Reason.UNREACHABLE, Reason.UNREACHABLE, Reason.UNAUTHORIZED):
        rig.heard(reason)
    assert rig.seen() == [
        (Fault.STORAGE_DISCONNECTED, Reason.UNREACHABLE, True),
        (Fault.AUTHENTICATION, Reason.UNAUTHORIZED, False),
    ]
    rig.heard(None)
    assert all(over for _, _, over in rig.seen())


def test_falling_behind_is_an_incident_until_it_is_not(rig: Rig) -> None:
    for behind in (False, True, True):
        rig.notices.behind("offsite", behind, 1.5)
    assert rig.seen() == [(Fault.UNKNOWN, Reason.COPIES_BEHIND, False)]
    rig.notices.behind("offsite", False, 0.0)
    assert rig.seen() == [(Fault.UNKNOWN, Reason.COPIES_BEHIND, True)]


def test_what_was_deleted_too_early_is_told_with_its_number_also_by_the_next_process(rig: Rig) -> None:
    for lost in (0, 3, 3, 5, 0, 1):
        rig.heard(None, lost)
    assert [one.message.split()[0] for one in rig.told()] == ["3", "2", "1"]
    assert all(one.recovered is not None for one in rig.told())


def test_a_place_that_left_the_configuration_has_no_open_incident(rig: Rig) -> None:
    rig.heard(Reason.UNREACHABLE)
    rig.notices.behind("offsite", True, 1.0)
    rig.notices.forget("offsite")
    assert all(over for _, _, over in rig.seen())


def test_the_next_supervisor_goes_on_with_what_is_wrong_and_ends_it(rig: Rig) -> None:
    rig.heard(Reason.UNREACHABLE)
    rig.clock.advance(1)
    rig.notices.behind("offsite", True, 1.0)
    (first, second) = rig.told()
    rig.start()
    rig.notices.adopt(rig.index.incidents(open_only=True), {"offsite"})
    rig.heard(Reason.UNREACHABLE)
    assert [one.uid for one in rig.told()] == [first.uid, second.uid], "nothing is told twice"
    rig.heard(None)
    rig.notices.behind("offsite", False, 0.0)
    assert [one.recovered is not None for one in rig.told()] == [True, True]


def test_what_was_wrong_with_a_place_that_is_gone_after_a_restart_is_over(rig: Rig) -> None:
    rig.heard(Reason.UNREACHABLE)
    rig.notices.behind("offsite", True, 1.0)
    rig.told()
    rig.start()
    rig.notices.adopt(rig.index.incidents(open_only=True), {"another"})
    assert [one.recovered is not None for one in rig.told()] == [True, True]
