"""What the API takes and answers about users, logins and tokens; part of the published interface."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gstnvr.access.passwords import LONGEST
from gstnvr.api.common.schemas import Moment
from gstnvr.model.access import Role, Via
from gstnvr.model.ids import CAMERA_ID_PATTERN

_LONGEST_LABEL = 100
_LONGEST_SECRET = 200
LONGEST_TOKEN_DAYS = 3650

Name = Annotated[
    str, Field(min_length=1, max_length=64, description="Letters, digits and . @ + - _; upper case is lower case.")
]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST)]
Code = Annotated[str, Field(max_length=20, description="One-time code of the authenticator app.")]
LoginCode = Annotated[
    str, Field(max_length=20, description="One-time code of the authenticator app, or a recovery code.")
]
CameraList = Annotated[
    list[Annotated[str, Field(pattern=f"^{CAMERA_ID_PATTERN}$")]],
    Field(max_length=4096, description="Ids of cameras; null: all, also those that come later."),
]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class SetUp(_Answer):
    """Whether somebody has to set up gstnvr."""

    needed: bool = Field(description="No user exists; POST with the secret of the link makes the first one.")


class NewSetUp(_Asked):
    """The first administrator."""

    secret: Annotated[str, Field(max_length=_LONGEST_SECRET)] = Field(
        description="What follows #secret= in the link that gstnvr run printed."
    )
    name: Name = "admin"
    password: Password


class Login(_Asked):
    name: Name
    password: Password
    code: LoginCode | None = None


class Me(_Answer):
    """Who is logged in."""

    name: str
    role: Role
    cameras: list[str] | None = Field(description="Ids of the cameras that may be seen; null: all.")
    via: Via = Field(description="How that was shown: session, token, or local (the token of this machine).")
    one_time_codes: bool = Field(description="A one-time code is needed to log in.")
    recovery_codes: int = Field(description="Recovery codes that were not used yet.")


class NewPassword(_Asked):
    current: Password
    new: Password


class OwnPassword(_Asked):
    password: Password


class Enrolment(_Answer):
    """A secret for an authenticator app; it counts once a code has confirmed it."""

    secret: str
    uri: str = Field(description="For a QR code.")
    qr: list[str] = Field(description="That QR code: rows of 0 and 1, which is dark.")


class RecoveryCodes(_Answer):
    """They are shown this once; each is good for one login without the app."""

    codes: list[str]


class Session(_Answer):
    """A browser that is logged in."""

    uid: str
    user: str
    created: Moment
    seen: Moment = Field(description="Its last request.")
    address: str = Field(description="Where it logged in from.")
    own: bool = Field(description="It is the one that asks.")


class Sessions(_Answer):
    sessions: list[Session] = Field(description="The newest first.")


class Confirmation(_Asked):
    code: Code


class User(_Answer):
    name: str
    role: Role
    cameras: list[str] | None
    enabled: bool
    one_time_codes: bool
    recovery_codes: int = Field(description="Recovery codes that were not used yet.")
    created: Moment


class Users(_Answer):
    users: list[User]


class NewUser(_Asked):
    name: Name
    role: Role
    cameras: CameraList | None = None
    password: Password

    @model_validator(mode="after")
    def _administrators_see_all(self) -> Self:
        if self.role is Role.ADMINISTRATOR and self.cameras is not None:
            raise ValueError("an administrator sees all cameras; leave cameras out")
        return self


class ChangedUser(_Asked):
    """What is left out stays as it is."""

    role: Role | None = None
    cameras: CameraList | None = None
    all_cameras: bool = Field(False, description="True: no list of cameras counts any more.")
    enabled: bool | None = None
    password: Password | None = None

    @model_validator(mode="after")
    def _all_or_some(self) -> Self:
        if self.all_cameras and self.cameras is not None:
            raise ValueError("give either cameras or all_cameras")
        return self


class Token(_Answer):
    uid: str
    user: str
    label: str
    scope: Role
    cameras: list[str] | None
    created: Moment
    expires: Moment


class Tokens(_Answer):
    tokens: list[Token]


class NewToken(_Asked):
    label: Annotated[str, Field(min_length=1, max_length=_LONGEST_LABEL, description="What it is for.")]
    scope: Role = Field(Role.VIEWER, description="It may do no more than this, whatever its user may.")
    cameras: CameraList | None = None
    days: Annotated[int, Field(ge=1, le=LONGEST_TOKEN_DAYS, description="It expires after so many.")] = 365
    user: Name | None = Field(None, description="For whom it acts; only administrators name others.")

    @model_validator(mode="after")
    def _administrators_see_all(self) -> Self:
        if self.scope is Role.ADMINISTRATOR and self.cameras is not None:
            raise ValueError("the scope administrator goes with all cameras; leave cameras out")
        return self


class MadeToken(Token):
    token: str = Field(description="The token itself; it is shown this once.")
