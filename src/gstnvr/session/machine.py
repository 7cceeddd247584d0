"""Life of one stream's session as a pure function: no clock, no log, no input or output."""

from collections.abc import Callable

from gstnvr.config.settings import SessionSettings
from gstnvr.session.effects import Effect
from gstnvr.session.inputs import Input
from gstnvr.session.state import SessionState

Draw = Callable[[], float]
"""A random number in [0, 1), such as ``random.Random(seed).random``."""


def initial(settings: SessionSettings) -> SessionState:
    """A session that waits for ``Start``."""
    return SessionState(settings)


def next_deadline(state: SessionState) -> float | None:
    """When a ``Tick`` is due, in monotonic seconds; None: only an input can change anything."""
    raise NotImplementedError


def step(state: SessionState, event: Input, now: float, draw: Draw) -> tuple[SessionState, tuple[Effect, ...]]:
    """Take one input at ``now``; the new state, and what is to be done, in order."""
    raise NotImplementedError
