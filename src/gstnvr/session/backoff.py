"""When to try again. All times are monotonic seconds, all delays seconds."""

from dataclasses import dataclass

from gstnvr.config.settings import SessionSettings
from gstnvr.model.faults import Fault

QUICK_INTERVAL_S = 0.5
"""From one quick attempt to the next: a camera with a key frame every second is back within 2 s of its return."""
QUICK_PROBE_TIMEOUT_S = 1.5
"""A camera that comes back is met by a fresh attempt, and one that is slow to answer has time enough."""
MIN_DELAY_S = 0.1
"""Full jitter may draw zero; a camera that refuses at once must not be asked in a tight loop."""
UNAUTHORIZED_SPREAD = 0.5
"""Jitter after a refused password only adds, up to this share: cameras lock out those who come too early."""

_LARGEST_EXPONENT = 32
"""Attempts are unlimited, floating point numbers are not."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The next attempt."""

    at: float
    attempts: int
    """Failed attempts counted now."""
    quick_until: float | None


def step_s(settings: SessionSettings, attempt: int) -> float:
    """Delay after the failed attempt number ``attempt``, counted from 0, before jitter."""
    step = settings.reconnect_delay_s * 2.0 ** min(attempt, _LARGEST_EXPONENT)
    return min(step, settings.reconnect_max_delay_s)


def delay_s(settings: SessionSettings, attempt: int, drawn: float) -> float:
    """The same with full jitter if that is on; ``drawn`` is in [0, 1)."""
    step = step_s(settings, attempt)
    return max(MIN_DELAY_S, step * drawn) if settings.reconnect_jitter else step


def unauthorized_delay_s(settings: SessionSettings, drawn: float) -> float:
    """Delay after a refused password; never below the setting."""
    spread = UNAUTHORIZED_SPREAD * drawn if settings.reconnect_jitter else 0.0
    return settings.unauthorized_delay_s * (1 + spread)


def after_failure(
    settings: SessionSettings,
    fault: Fault,
    *,
    attempts: int,
    quick_until: float | None,
    tried_at: float,
    now: float,
    drawn: float,
) -> Retry:
    """The attempt to follow one that failed at ``now`` and had begun at ``tried_at``."""
    if fault is Fault.AUTHENTICATION:
        return Retry(now + unauthorized_delay_s(settings, drawn), attempts + 1, None)
    # By its beginning: a camera that is back just within the time may meet an attempt that waits in vain already.
    if quick_until is not None and tried_at < quick_until:
        return Retry(max(now, tried_at + QUICK_INTERVAL_S), attempts, quick_until)
    return Retry(now + delay_s(settings, attempts, drawn), attempts + 1, None)


def after_healthy(settings: SessionSettings, fault: Fault, now: float, drawn: float) -> Retry:
    """The attempt to follow the loss, at ``now``, of a stream that was healthy: at once."""
    quick_until = now + settings.quick_retry_s if settings.quick_retry_s else None
    return after_failure(
        settings,
        fault,
        attempts=0,
        quick_until=quick_until,
        tried_at=now - QUICK_INTERVAL_S,
        now=now,
        drawn=drawn,
    )


def probe_timeout_s(settings: SessionSettings, quick: bool) -> float:
    """Time limit of the probe of an attempt."""
    return min(settings.probe_timeout_s, QUICK_PROBE_TIMEOUT_S) if quick else settings.probe_timeout_s
