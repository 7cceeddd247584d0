"""What the API takes and answers about protections, exports and deletions; part of the published interface."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common.schemas import NEXT, Moment
from gstnvr.model.evidence import DeletionState, ExportKind, ExportState, VerificationState
from gstnvr.model.ids import CAMERA_ID_PATTERN, StreamKind

_MOST_CAMERAS = 256
_LONGEST_REASON = 1000

CameraIds = Annotated[
    list[Annotated[str, Field(pattern=f"^{CAMERA_ID_PATTERN}$")]],
    Field(min_length=1, max_length=_MOST_CAMERAS, description="Ids of cameras."),
]
Reason = Annotated[str, Field(max_length=_LONGEST_REASON, description="Why; it is kept with the audit log.")]
NeededReason = Annotated[str, Field(min_length=1, max_length=_LONGEST_REASON, pattern=r"\S", description="Why.")]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class NewProtection(_Asked):
    """A span of cameras that is to be kept."""

    cameras: CameraIds
    stream: StreamKind = StreamKind.MAIN
    start: str = Field(alias="from", description="ISO 8601; without a zone, UTC.")
    end: str = Field(alias="to", description="Likewise; it may lie in the future.")
    reason: NeededReason


class Protection(_Answer):
    """A span of a stream that nothing deletes while it is in force."""

    uid: str
    camera: str
    stream: StreamKind
    start: Moment
    end: Moment
    reason: str
    user: str
    created: Moment
    released: Moment | None = Field(description="null while it is in force.")
    released_by: str | None


class Protections(_Answer):
    protections: list[Protection]
    next: str | None = Field(description=NEXT)


class NewExport(_Asked):
    """Recordings that are wanted in files of their own."""

    kind: ExportKind = ExportKind.EXPORT
    cameras: CameraIds
    stream: StreamKind = StreamKind.MAIN
    start: str = Field(alias="from", description="ISO 8601; without a zone, UTC.")
    end: str = Field(alias="to", description="Likewise; now, if that is earlier.")
    zone: str = Field("UTC", description="In which times are shown, such as Europe/Berlin.")
    reason: Reason = ""
    pictures: bool = Field(True, description="Pictures in the sheet.")
    every_s: float = Field(60.0, ge=0.1, le=86_400, description="Time-lapse: one picture for so many seconds.")
    fps: int = Field(25, ge=1, le=60, description="Time-lapse: so many pictures a second are shown.")


class ExportFile(_Answer):
    name: str
    bytes: int
    url: str


class Verification(_Answer):
    """Whether a finished export is as it was signed."""

    state: VerificationState
    ended: Moment | None
    done_bytes: int
    total_bytes: int = Field(description="Of what is to be read; 0 in the beginning.")
    problems: list[str] = Field(description="What was changed, one sentence for each file.")
    fingerprint: str | None = Field(
        description="Of the key that signed it; null while it is not known, and where the signature is not right."
    )
    message: str = Field(description="Why it could not be found out.")


class Export(_Answer):
    """An export, wanted, under way or made."""

    uid: str
    kind: ExportKind
    state: ExportState
    step: str = Field(
        description="What is being done: fetching, looking, copying, hashing, pictures; empty while it waits."
    )
    done_bytes: int
    total_bytes: int = Field(description="Of what is to be done, as far as is known; 0 in the beginning.")
    cameras: list[str]
    stream: StreamKind
    start: Moment
    end: Moment
    reason: str
    user: str
    asked: Moment
    ended: Moment | None
    message: str = Field(description="Why it failed.")
    missing_s: float = Field(description="Of the span, what no video shows, of all cameras together.")
    folder: str = Field(description="Where it lies on the machine of the recorder, once it is made.")
    files: list[ExportFile] = Field(description="Once it is made.")
    verification: Verification | None = Field(description="null: nobody asked for it since the last start.")


class Exports(_Answer):
    exports: list[Export] = Field(description="The newest first.")
    next: str | None = Field(description=NEXT)


class NewDeletion(_Asked):
    """Recordings that are to be deleted."""

    camera: str = Field(pattern=f"^{CAMERA_ID_PATTERN}$")
    stream: StreamKind = StreamKind.MAIN
    start: str = Field(alias="from", description="ISO 8601; without a zone, UTC.")
    end: str = Field(alias="to", description="Likewise. Segments that lie wholly within the span are deleted.")
    reason: NeededReason


class Kept(_Answer):
    """Segments that were not deleted."""

    why: str
    segments: int
    seconds: float


class Deletion(_Answer):
    """A deletion, under way or ended."""

    uid: str
    state: DeletionState
    camera: str
    stream: StreamKind
    start: Moment
    end: Moment
    reason: str
    user: str
    asked: Moment
    ended: Moment | None
    segments: int = Field(description="To be deleted.")
    deleted: int
    deleted_bytes: int
    kept: list[Kept]
    message: str = Field(description="Why it failed.")


class Deletions(_Answer):
    deletions: list[Deletion] = Field(description="Since the last start, the newest first.")
    next: str | None = Field(description=NEXT)


class AuditLine(_Answer):
    """Something that somebody did."""

    number: int
    at: Moment
    user: str
    action: str = Field(description="E.g. protect, release, export, delete.")
    subject: str = Field(description="What it was done to, e.g. yard/main.")
    detail: dict[str, Any]


class AuditLog(_Answer):
    lines: list[AuditLine]
    next: str | None = Field(description=NEXT)
