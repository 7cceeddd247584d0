"""A few faults for real: the laboratory sees what happens, and whether it should have."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from gstnvr.lab.capabilities import available
from gstnvr.lab.catalogue import CATALOGUE
from gstnvr.lab.entries import FaultEntry, Loss
from gstnvr.lab.judge import TrialFacts, judge
from gstnvr.lab.results import TrialResult, Verdict
from gstnvr.lab.runner import run_trials
from gstnvr.lab.trial import observe
from gstnvr.model.faults import Fault, Reason

pytestmark = [pytest.mark.gst, pytest.mark.e2e, pytest.mark.timeout(300)]

QUICK = ("reset", "supervisor-killed", "cable-1s")
PATIENCE_S = 15.0
"""More than an entry allows: tests run on busy machines."""


def entry(name: str) -> FaultEntry:
    return next(one for one in CATALOGUE if one.name == name)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, TrialResult]:
    """Side by side, each in a process of its own."""
    place = tmp_path_factory.mktemp("quick")
    found = run_trials([entry(name) for name in QUICK], available(), len(QUICK), lambda *_: None, place)
    return {one.name: one for one in found}


def of_time(problem: str) -> bool:
    """A busy machine is to blame."""
    return problem.startswith(("noticed after", "recorded again after"))


@pytest.mark.parametrize("name", QUICK)
def test_a_fault_is_tried_and_judged(name: str, results: Mapping[str, TrialResult]) -> None:
    result = results[name]
    if entry(name).needs - available():
        assert result.verdict is Verdict.SKIPPED
        assert result.problems == ("needs root",)
        return
    assert [problem for problem in result.problems if not of_time(problem)] == []
    assert result.lost_s is not None
    if entry(name).expected.loss is Loss.NOTHING:
        assert (result.called, result.lost_frames, result.ledger_s) == ((), 0, 0)
    else:
        assert result.called == ("RTSP_NETWORK/connection_lost",)
        assert result.noticed_s is not None
        assert result.lost_s < PATIENCE_S


def test_what_needs_more_than_there_is_is_skipped(tmp_path: Path) -> None:
    (result,) = run_trials([entry("io-error")], frozenset(), 1, lambda *_: None, tmp_path)
    assert (result.verdict, result.problems) == (Verdict.SKIPPED, ("needs FUSE, root",))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> TrialFacts:
    """Of a camera that hangs up, tried in this process, on loopback."""
    return observe(entry("fin"), tmp_path_factory.mktemp("fin"), contained=False)


def test_facts_are_judged_by_what_was_expected(facts: TrialFacts) -> None:
    patient = replace(entry("fin").expected, noticed_s=PATIENCE_S, back_s=PATIENCE_S)
    result = judge(replace(entry("fin"), expected=patient), facts, 1.0)
    assert (result.verdict, result.problems) == (Verdict.OK, ())


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"called": frozenset({(Fault.DISK_FULL, Reason.NO_SPACE)})}, "called RTSP_NETWORK/"),
        ({"called": frozenset()}, "called RTSP_NETWORK/"),
        ({"noticed_s": -1.0}, "noticed after"),
        ({"back_s": -1.0}, "recorded again after"),
    ],
)
def test_a_wrong_expectation_is_reported_as_failing(
    facts: TrialFacts, wrong: dict[str, object], complaint: str
) -> None:
    patient = {"noticed_s": PATIENCE_S, "back_s": PATIENCE_S}
    expected = replace(entry("fin").expected, **{**patient, **wrong})  # type: ignore[arg-type]
    result = judge(replace(entry("fin"), expected=expected), facts, 1.0)
    assert result.verdict is Verdict.FAILING
    assert result.problems[0].startswith(complaint)
