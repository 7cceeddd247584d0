"""Incidents of places that take copies."""

from gstnvr.copies.messages import PlaceReport, Problem
from gstnvr.model.faults import Fault, Reason
from gstnvr.model.records import Incident
from gstnvr.supervisor.copy_notices import CopyNotices
from gstnvr.testing.clock import SimulatedClock


class Rig:
    def __init__(self) -> None:
        self.told: dict[str, Incident] = {}
        self.notices = CopyNotices(SimulatedClock(), self._tell)

    def _tell(self, incident: Incident) -> None:
        self.told[incident.uid] = incident

    def heard(self, reason: Reason | None, lost: int = 0) -> None:
        problem = None if reason is None else Problem(reason, "as it says")
        self.notices.heard(PlaceReport("offsite", problem, False, 0.0, None, None, lost))

    def seen(self) -> list[tuple[Fault, Reason, bool]]:
        return [(one.fault, one.reason, one.recovered is not None) for one in self.told.values()]


def test_a_problem_is_one_incident_until_it_is_over_or_another() -> None:
    rig = Rig()
    for reason in (None, Reason.UNREACHABLE, Reason.UNREACHABLE, Reason.UNAUTHORIZED):
        rig.heard(reason)
    assert rig.seen() == [
        (Fault.STORAGE_DISCONNECTED, Reason.UNREACHABLE, True),
        (Fault.AUTHENTICATION, Reason.UNAUTHORIZED, False),
    ]
    rig.heard(None)
    assert all(over for _, _, over in rig.seen())


def test_falling_behind_is_an_incident_until_it_is_not() -> None:
    rig = Rig()
    for behind in (False, True, True):
        rig.notices.behind("offsite", behind, 1.5)
    assert rig.seen() == [(Fault.UNKNOWN, Reason.COPIES_BEHIND, False)]
    rig.notices.behind("offsite", False, 0.0)
    assert rig.seen() == [(Fault.UNKNOWN, Reason.COPIES_BEHIND, True)]


def test_what_was_deleted_too_early_is_told_with_its_number_also_by_the_next_process() -> None:
    rig = Rig()
    for lost in (0, 3, 3, 5, 0, 1):
        rig.heard(None, lost)
    assert [one.message.split()[0] for one in rig.told.values()] == ["3", "2", "1"]
    assert all(one.recovered is not None for one in rig.told.values())


def test_a_place_that_left_the_configuration_has_no_open_incident() -> None:
    rig = Rig()
    rig.heard(Reason.UNREACHABLE)
    rig.notices.behind("offsite", True, 1.0)
    rig.notices.forget("offsite")
    assert all(over for _, _, over in rig.seen())
