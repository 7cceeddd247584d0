"""Which way to a stream is tried next, and when the best one is tried again."""

from dataclasses import replace

from gstnvr.model.choices import Route
from gstnvr.model.faults import Fault
from gstnvr.session.state import SessionState

_LARGEST_EXPONENT = 6
"""A route that answers but does not stream is tried again ever more rarely, up to 64 times the interval."""


def best(state: SessionState) -> Route:
    """The one that is returned to."""
    return state.routes[0]


def of_next_attempt(state: SessionState) -> Route:
    """The best until it has failed often enough; from then on by turns, so that neither is forgotten."""
    first, *others = state.routes
    if not others or state.returning or state.missed < state.settings.fallback_after_attempts:
        return first
    return others[0] if state.route is first else first


def count_failure(state: SessionState, fault: Fault) -> SessionState:
    """An attempt failed, or the stream was lost."""
    if state.returning:
        return replace(state, returning=False, returns_failed=state.returns_failed + 1)
    # A refused password would be refused there, too, and two refusals lock out sooner than one.
    if state.route is not best(state) or fault is Fault.AUTHENTICATION:
        return state
    return replace(state, missed=0 if state.healthy else state.missed + 1)


def return_at(state: SessionState, now: float) -> float | None:
    """When the best route is to be asked whether it works again; None: it is the one that is taken."""
    if state.route is best(state):
        return None
    return now + state.settings.fallback_return_s * 2.0 ** min(state.returns_failed, _LARGEST_EXPONENT)
