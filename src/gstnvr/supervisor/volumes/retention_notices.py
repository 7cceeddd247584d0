"""Incidents of retention: what lack of room has cost, what it will cost, and that nothing is left to delete."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gstnvr.model.clock import NS_PER_S, Clock, UtcNs, format_utc
from gstnvr.model.faults import Fault, FaultReport, Reason, Severity
from gstnvr.model.ids import CameraId
from gstnvr.model.records import Incident
from gstnvr.storage.forecast import Breach, Forecast
from gstnvr.storage.holdings import DAY_NS
from gstnvr.storage.retention import Decision, Facts, Promise, Room, Stage, Why
from gstnvr.supervisor.index.ledger import EventLedger
from gstnvr.supervisor.index.standing import StandingIncidents

WARN_AHEAD_NS = 14 * DAY_NS
_CALM_AHEAD_NS = 16 * DAY_NS
_QUIET_NS = 3600 * NS_PER_S
"""An emergency without which nothing went for so long is over."""
_PREFIX = "retention"
_MOST_NAMED = 5
_SHORT_OF = {
    Why.CAMERA_SIZE: "its own max_size leaves no room for more",
    Why.VOLUME_SIZE: "the max_size of a volume leaves no room for more",
    Why.FREE_SPACE: "there is no room for more",
}
_ADVICE = "add a volume, lower the bit rate, or ask for fewer days"


@dataclass(slots=True)
class _Cost:
    """What went before its time, in nanoseconds of video by camera."""

    within_days: dict[CameraId, int]
    below_minimum: dict[CameraId, int]
    last: UtcNs


class RetentionNotices:
    """Opens, changes and ends them; each has a code of its own, by which the next supervisor finds it again."""

    def __init__(self, ledger: EventLedger, clock: Clock) -> None:
        self._clock = clock
        self._incidents = StandingIncidents(ledger, clock)
        self._costs: dict[str, _Cost] = {}

    def adopt(self, lasting: Iterable[Incident]) -> None:
        """Go on with what an earlier supervisor left open."""
        self._incidents.adopt(lasting, (f"{_PREFIX} ",))

    def made_room(self, path: str, facts: Facts, done: Sequence[Decision]) -> None:
        """Something was deleted on a volume because its free space was at the floor; tell what that cost."""
        early = [one for one in done if one.why is Why.FREE_SPACE and one.stage is not Stage.OVER_DAYS]
        if not early:
            return
        cost = self._costs.setdefault(path, _Cost({}, {}, facts.now))
        cost.last = facts.now
        for one in early:
            below = one.stage is Stage.BELOW_MINIMUM
            lost = cost.below_minimum if below else cost.within_days
            camera = one.piece.stream.camera
            lost[camera] = lost.get(camera, 0) + one.piece.end - one.piece.start
        message = (
            f"free space of volume {path} was at its floor; deleted before its time: {_hours(cost.within_days)}"
        )
        severity = Severity.LOW
        if cost.below_minimum:
            message = f"{message}; younger than min_days: {_hours(cost.below_minimum)}"
            severity = Severity.HIGH
        self._incidents.say(f"{_PREFIX} floor {path}", _report(Reason.NO_SPACE, severity, message))

    def calm_down(self, path: str, *, making_room: bool) -> None:
        """Nothing more has to go on a volume for now."""
        cost = self._costs.get(path)
        quiet = cost is None or self._clock.utc_ns() - cost.last >= _QUIET_NS
        if quiet and not making_room:
            self._costs.pop(path, None)
            self._incidents.end([f"{_PREFIX} floor {path}"])

    def stuck(self, path: str, room: Room, protected: int) -> str:
        """A volume is at its floor and nothing on it may be deleted; what is said of it."""
        left = (
            f"only protected recordings are left on it ({protected / 1e9:.1f} GB)"
            if protected
            else "no recordings are left on it to delete: other files fill it"
        )
        stops = "recording there stops" if room.recorded_to else "nothing more can be moved there"
        message = (
            f"volume {path} is full: {room.free / 1e9:.1f} GB are free, the floor is {room.floor / 1e9:.1f} GB,"
            f" and {left}; {stops} unless you make room or release protected recordings"
        )
        report = _report(Reason.PROTECTED_ONLY, Severity.CRITICAL, message)
        self._incidents.say(f"{_PREFIX} stuck {path}", report)
        return message

    def unstuck(self, path: str) -> None:
        """There is room again, or something that may be deleted."""
        self._incidents.end([f"{_PREFIX} stuck {path}"])

    def foresee(self, found: Forecast, promises: Mapping[CameraId, Promise]) -> None:
        """Tell which promises will be broken soon, and end what was told of others."""
        told = set()
        for kind, breaches, severity in (
            ("days", found.days, Severity.LOW),
            ("min_days", found.minimum, Severity.MEDIUM),
        ):
            for camera, breach in breaches.items():
                code = f"{_PREFIX} {kind} {camera}"
                ahead = _CALM_AHEAD_NS if code in self._incidents.codes else WARN_AHEAD_NS
                if camera not in promises or breach.at - found.at > ahead:
                    continue
                told.add(code)
                promise = promises[camera]
                wanted = promise.days_ns if kind == "days" else promise.min_ns
                message = _breach_message(camera, kind, wanted, breach, found.at)
                self._incidents.say(code, _report(Reason.KEPT_TOO_SHORT, severity, message), camera)
        promised = (f"{_PREFIX} days ", f"{_PREFIX} min_days ")
        self._incidents.end(
            code for code in self._incidents.codes if code.startswith(promised) and code not in told
        )


def _report(reason: Reason, severity: Severity, message: str) -> FaultReport:
    return FaultReport(Fault.DISK_FULL, reason, severity, message)


def _hours(lost: Mapping[CameraId, int]) -> str:
    """``12.5 h of till, 0.3 h of yard and 2 more cameras``, the most first."""
    ordered = sorted(lost.items(), key=lambda item: -item[1])
    named = ", ".join(f"{length / NS_PER_S / 3600:.1f} h of {camera}" for camera, length in ordered[:_MOST_NAMED])
    more = len(ordered) - _MOST_NAMED
    return f"{named} and {more} more cameras" if more > 0 else named or "nothing"


def _breach_message(camera: CameraId, kind: str, wanted: int, breach: Breach, now: UtcNs) -> str:
    kept, days = breach.kept_ns / DAY_NS, wanted / DAY_NS
    when = "now" if breach.at <= now else f"from {format_utc(breach.at)[:10]} on"
    promise = f"{days:g} days" if kind == "days" else f"the {days:g} days of min_days"
    return (
        f"recordings of {camera} are kept {kept:.1f} days instead of {promise} {when}:"
        f" {_SHORT_OF[breach.why]}; {_ADVICE}"
    )
