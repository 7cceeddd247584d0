"""What a soak comes to: whether the ledger tells what the files say, and whether everything else held."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gstnvr.lab.audit import Audit
from gstnvr.lab.ledger_audit import holes_of, ledger_equals_audit, told_missing
from gstnvr.lab.soak.growth import Growth
from gstnvr.model.records import Gap

TOLERANCE_S = 1.5
"""A group of pictures, which is a second of every pattern, and what the moments of arrival waver by."""

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class CameraVerdict:
    """Of one camera."""

    camera: str
    recorded: int
    """Pictures."""
    missing_s: float
    """As the files say."""
    told_s: float
    """As the ledger says, between the first and the last picture."""
    doubled: int
    altered: int
    complaints: tuple[str, ...]

    def line(self) -> str:
        """For a table."""
        verdict = "; ".join(self.complaints[:MOST_SHOWN]) or "ok"
        if len(self.complaints) > MOST_SHOWN:
            verdict += f"; and {len(self.complaints) - MOST_SHOWN} more"
        figures = f"{self.recorded:8} {self.missing_s:10.1f} {self.told_s:10.1f} {self.doubled:8} {self.altered:8}"
        return f"{self.camera:<8} {figures}  {verdict}"


CAMERA_TITLE = f"{'camera':<8} {'pictures':>8} {'missing s':>10} {'ledger s':>10} {'doubled':>8} {'altered':>8}"


def judge_camera(camera: str, found: Audit, gaps: Sequence[Gap]) -> CameraVerdict:
    """Compare what is missing in the files with what the ledger says is missing."""
    video = found.video
    if video.start is None or video.end is None:
        return CameraVerdict(camera, 0, 0.0, 0.0, 0, 0, ("nothing was recorded",))
    complaints = ledger_equals_audit(found, gaps, TOLERANCE_S)
    if found.doubled:
        complaints.append(f"{found.doubled} units doubled")
    if found.altered:
        complaints.append(f"{found.altered} units altered")
    return CameraVerdict(
        camera=camera,
        recorded=video.units,
        missing_s=sum(span.seconds for span in holes_of(found)),
        told_s=sum(span.seconds for span in told_missing(found, gaps)),
        doubled=found.doubled,
        altered=found.altered,
        complaints=tuple(complaints),
    )


@dataclass(slots=True)
class Verdict:
    """Of the whole soak."""

    cameras: list[CameraVerdict] = field(default_factory=list)
    growths: list[Growth] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault was made."""
    complaints: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        judged = not any(camera.complaints for camera in self.cameras)
        return judged and all(growth.flat for growth in self.growths) and not self.complaints

    def lines(self) -> list[str]:
        """For a person."""
        return [
            f"{self.made.total()} faults: "
            + ", ".join(f"{name} {count}" for name, count in sorted(self.made.items())),
            CAMERA_TITLE,
            *(camera.line() for camera in self.cameras),
            *(growth.line() for growth in self.growths),
            *self.complaints,
            "verdict: clean" if self.clean else "verdict: NOT CLEAN",
        ]
