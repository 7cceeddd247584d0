"""Messages of the WebSocket ``/api/v1/events``; part of the published interface."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gstnvr.api.common import schemas
from gstnvr.api.storage.volume_schemas import Volume
from gstnvr.model.changes import GapChange, IncidentChange, SegmentChange
from gstnvr.model.ids import CAMERA_ID_PATTERN, StreamKind

FASTEST_STATISTICS_S = 1.0
SLOWEST_STATISTICS_S = 3600.0
MOST_CAMERAS = 1024
LONGEST_EPOCH = 64


class Topic(StrEnum):
    """What a listener wants to hear of."""

    STATE = "state"
    """``stream`` and ``configuration``."""
    STATISTICS = "statistics"
    INCIDENTS = "incidents"
    """``incident``."""
    SEGMENTS = "segments"
    """``segment`` and ``recordings``."""
    GAPS = "gaps"
    """``gap`` and ``recordings``."""
    STORAGE = "storage"
    """``volumes``."""


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Resume(_Asked):
    """Where a listener was when it lost its connection."""

    epoch: str = Field(max_length=LONGEST_EPOCH, description="Of the last `welcome`.")
    after: int = Field(ge=0, le=2**53, description="The highest `number` that arrived, or that of the `welcome`.")


class Subscribe(_Asked):
    """The first message of a listener; sent again, it replaces the wishes, and `resume` is not looked at."""

    type: Literal["subscribe"]
    topics: list[Topic] = Field(
        default_factory=lambda: list(Topic), max_length=len(Topic) * 2, description="Without it, all."
    )
    cameras: list[Annotated[str, Field(pattern=f"^{CAMERA_ID_PATTERN}$")]] | None = Field(
        None,
        max_length=MOST_CAMERAS,
        description="Without it, all that the user sees; to those who see all comes what concerns no camera, too.",
    )
    statistics_interval_s: float = Field(FASTEST_STATISTICS_S, ge=FASTEST_STATISTICS_S, le=SLOWEST_STATISTICS_S)
    resume: Resume | None = None


class _Numbered(_Answer):
    number: int = Field(description="Rises within an epoch; numbers of what was not asked for are left out.")
    time: schemas.Moment = Field(description="When it happened, by the clock of the server.")


class Welcome(_Answer):
    """First message to a listener."""

    type: Literal["welcome"]
    epoch: str = Field(description="Numbers of another epoch mean nothing; it changes with a restart of gstnvr.")
    number: int = Field(
        description="What comes next has higher numbers: after what is missed, if `resumed`; else after now."
    )
    resumed: bool = Field(
        description="true: all that was missed follows. false: read what you show anew, after this message."
    )
    time: schemas.Moment
    version: str = Field(description="Of gstnvr.")


class StreamChanged(_Numbered):
    """A stream is in another state, is recorded or not, or is to be."""

    type: Literal["stream"]
    stream: schemas.Stream = Field(
        description="As `GET /streams` gives it. For a countdown take `next_retry_in_s`, which counts from `time`."
    )


class StreamFigures(_Answer):
    camera: str
    stream: StreamKind
    statistics: schemas.Statistics


class StatisticsTold(_Answer):
    """Figures of all streams that were asked for; without a number, as nobody needs those of the past."""

    type: Literal["statistics"]
    time: schemas.Moment
    streams: list[StreamFigures]


class IncidentChanged(_Numbered):
    """An incident began, went on or is over."""

    type: Literal["incident"]
    change: IncidentChange
    incident: schemas.Incident


class SegmentChanged(_Numbered):
    """A file of a stream was begun, has its end, or files are gone."""

    type: Literal["segment"]
    change: SegmentChange
    camera: str
    stream: StreamKind
    start: schemas.Moment
    end: schemas.Moment = Field(description="`opened`: as far as is known.")
    segments: int = Field(description="1, but for `deleted`, where adjoining ones are told of together.")
    id: int | None = Field(description="Of the segment; null: deleted.")


class GapChanged(_Numbered):
    """Something is missing, another cause is known, or it is over. A gap is known by its stream and `start`."""

    type: Literal["gap"]
    change: GapChange
    camera: str
    stream: StreamKind
    gap: schemas.Gap


class RecordingsChanged(_Numbered):
    """So much of a stream changed at once that recordings and gaps of the span are to be read again."""

    type: Literal["recordings"]
    camera: str
    stream: StreamKind
    start: schemas.Moment
    end: schemas.Moment


class VolumesChanged(_Numbered):
    """State or room of the volumes changed."""

    type: Literal["volumes"]
    volumes: list[Volume] = Field(description="All, as `GET /volumes` gives them.")


class ConfigurationChanged(_Numbered):
    """Other settings are in force: cameras may have come or gone."""

    type: Literal["configuration"]


class Alive(_Answer):
    """Nothing else was to be said for a while."""

    type: Literal["alive"]
    time: schemas.Moment


class Refused(_Answer):
    """The last message before the connection is closed."""

    type: Literal["error"]
    error: schemas.ErrorDetail


NumberedMessage = (
    StreamChanged
    | IncidentChanged
    | SegmentChanged
    | GapChanged
    | RecordingsChanged
    | VolumesChanged
    | ConfigurationChanged
)
ServerMessage = Annotated[
    Welcome | NumberedMessage | StatisticsTold | Alive | Refused, Field(discriminator="type")
]
