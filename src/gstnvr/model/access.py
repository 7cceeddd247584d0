"""Who may do what: roles, users, sessions and tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from gstnvr.model.clock import UtcNs
from gstnvr.model.ids import CameraId

_UID_DIGITS = 16
RTSP_REALM: Final = "gstnvr"
"""What of ours RTSP clients prove to know a token for."""


class Role(StrEnum):
    """What somebody may do with the cameras that he sees; each may do what those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def covers(self, needed: "Role") -> bool:
        """Whether this role is enough."""
        return _RANK[self] >= _RANK[needed]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Via(StrEnum):
    """How a caller showed who he is."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word
    LOCAL = "local"
    """A program on this machine that can read the data directory."""


@dataclass(frozen=True, slots=True)
class Cameras:
    """Cameras that somebody sees."""

    only: frozenset[CameraId] | None = None
    """None: all, also those that are added later."""

    @classmethod
    def of(cls, ids: Iterable[str] | None) -> Self:
        """These, or all for None."""
        return cls(None if ids is None else frozenset(map(CameraId, ids)))

    def __contains__(self, camera: object) -> bool:
        return self.only is None or camera in self.only

    def __and__(self, other: "Cameras") -> "Cameras":
        """Those that both see."""
        if self.only is None or other.only is None:
            return other if self.only is None else self
        return Cameras(self.only & other.only)

    def listed(self) -> list[str] | None:
        """In order; None for all."""
        return None if self.only is None else sorted(self.only)


ALL_CAMERAS = Cameras()


@dataclass(frozen=True, slots=True)
class User:
    """An account."""

    name: str
    role: Role
    cameras: Cameras
    """Administrators see all, whatever stands here."""
    password: str
    """Hash of it."""
    created: UtcNs
    enabled: bool = True
    totp: str | None = None
    """Sealed secret of the one-time codes; None: the password is enough."""
    totp_step: int = 0
    """Step of the last code that was taken; no code is taken twice."""
    recovery: tuple[str | None, ...] = ()
    """Hashes of the recovery codes; None in place of one that was used."""

    @property
    def sees(self) -> Cameras:
        """The cameras that count."""
        return ALL_CAMERAS if self.role is Role.ADMINISTRATOR else self.cameras


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that logged in."""

    digest: str
    """Of the secret in its cookie."""
    user: str
    created: UtcNs
    seen: UtcNs
    """Last request."""
    address: str
    """Where it logged in from."""

    @property
    def uid(self) -> str:
        """What it is called by; of no use for logging in."""
        return self.digest[:_UID_DIGITS]


@dataclass(frozen=True, slots=True)
class ApiToken:
    """Lets a program act for a user, with no more rights than it needs."""

    uid: str
    digest: str
    user: str
    label: str
    scope: Role
    """No more than this, whatever the user may."""
    cameras: Cameras
    """No others than these, whatever the user sees."""
    created: UtcNs
    expires: UtcNs
    rtsp_identity: str | None = None
    """Sealed; what verifies the proofs of this token that RTSP clients send. None: of an old token."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sends a request, once it is known."""

    name: str
    role: Role
    cameras: Cameras
    via: Via
    key: str = ""
    """Digest of the session, or uid of the token."""
