"""The transition table: every input in every state, and the document that shows it."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from gstnvr.model.ids import Generation
from gstnvr.model.status import SessionPhase
from gstnvr.session import inputs, machine
from gstnvr.session.effects import ReleaseSlot
from gstnvr.session.state import ConnectStage
from gstnvr.testing import session_table as table
from gstnvr.testing.session_books import check_state

DOCUMENT = Path(__file__).parents[2] / "docs" / "design" / "session.md"


def test_situations_are_what_they_are_called_and_cover_every_phase_and_stage() -> None:
    states = [state for state, _ in table.SITUATIONS.values()]

    assert [table.name_of(state) for state in states] == list(table.SITUATIONS)
    assert {state.phase for state in states} == set(SessionPhase)
    assert {state.stage for state in states} == {None, *ConnectStage}


def test_events_cover_every_kind_of_input() -> None:
    kinds = {type(make(Generation(1), 0.0)) for make in table.EVENTS.values()}

    assert kinds == {
        inputs.Start,
        inputs.Stop,
        inputs.SettingsChanged,
        inputs.Tick,
        inputs.SlotGranted,
        inputs.ProbeSucceeded,
        inputs.ProbeFailed,
        inputs.StartFailed,
        inputs.Frames,
        inputs.Packets,
        inputs.Message,
        inputs.SourceStopped,
    }


def test_every_pair_has_a_result_that_is_one_of_the_situations() -> None:
    found = table.transitions()

    assert [(each.situation, each.event) for each in found] == list(product(table.SITUATIONS, table.EVENTS))
    assert {each.result for each in found} <= set(table.SITUATIONS)


@pytest.mark.parametrize("situation", table.SITUATIONS)
@pytest.mark.parametrize("event", table.EVENTS)
def test_the_state_that_follows_is_consistent(situation: str, event: str) -> None:
    state, now = table.SITUATIONS[situation]

    after, _ = machine.step(state, table.EVENTS[event](state.generation, now), now + 0.1, lambda: 0.5)

    check_state(after)


@pytest.mark.parametrize("situation", table.SITUATIONS)
@pytest.mark.parametrize("event", table.EVENTS)
def test_an_input_of_an_old_generation_changes_nothing(situation: str, event: str) -> None:
    state, now = table.SITUATIONS[situation]
    state = replace(state, generation=Generation(7))
    stale = table.EVENTS[event](Generation(6), now)
    if not isinstance(stale, inputs.FromGeneration):
        return

    after, effects = machine.step(state, stale, now + 0.1, lambda: 0.5)

    assert after == state
    assert effects == ((ReleaseSlot(Generation(6)),) if isinstance(stale, inputs.SlotGranted) else ())


@pytest.mark.parametrize("situation", table.SITUATIONS)
def test_a_tick_before_it_is_due_changes_nothing(situation: str) -> None:
    state, now = table.SITUATIONS[situation]

    assert machine.step(state, inputs.Tick(), now, lambda: 0.5) == (state, ())


def test_the_document_shows_the_table_as_it_is() -> None:
    text = DOCUMENT.read_text("utf-8")

    advice = "renew it: .venv/bin/python -m gstnvr.testing.session_table docs/design/session.md"
    assert table.fill_in(text) == text, advice


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        table.fill_in("# Session\n")
