"""Users and tokens, for those who may administer them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from gstnvr.client.client import Client
from gstnvr.model.access import Role


@dataclass(frozen=True, slots=True)
class User:
    """An account; ``cameras`` None means all."""

    name: str
    role: Role
    cameras: tuple[str, ...] | None
    enabled: bool
    one_time_codes: bool
    created: datetime


@dataclass(frozen=True, slots=True)
class Users:
    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; never the token itself."""

    uid: str
    user: str
    label: str
    scope: Role
    cameras: tuple[str, ...] | None
    created: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class MadeToken(Token):
    """With the token itself, which is told this once."""

    token: str


class AccountsClient(Client):
    """A client that also administers users and tokens."""

    def users(self) -> tuple[User, ...]:
        """All, by name."""
        return self._get("users", {}, Users).users

    def add_user(self, name: str, role: Role, cameras: Sequence[str] | None, password: str) -> User:
        """Make an account; ``cameras`` None means all."""
        body = {"name": name, "role": role.value, "password": password}
        return self._send("users", body if cameras is None else body | {"cameras": list(cameras)}, User)

    def change_user(
        self,
        name: str,
        *,
        role: Role | None = None,
        cameras: Sequence[str] | None = None,
        all_cameras: bool = False,
        enabled: bool | None = None,
        password: str | None = None,
    ) -> User:
        """Change what is given. A new password ends all sessions of the user."""
        given = {"role": role, "cameras": cameras, "enabled": enabled, "password": password}
        body = {key: value for key, value in given.items() if value is not None} | {"all_cameras": all_cameras}
        response = self._request(_user(name), {}, method="PATCH", body=body)
        if not response.is_success:
            raise self._refused(response)
        return self._decode(response, User)

    def remove_user(self, name: str) -> None:
        """With all sessions and tokens."""
        self._delete(_user(name))

    def remove_codes(self, name: str) -> None:
        """Let a user log in without his authenticator app."""
        self._delete(f"{_user(name)}/one-time-codes")

    def tokens(self) -> tuple[Token, ...]:
        """All that the caller may know of, the oldest first."""
        return self._get("tokens", {}, Tokens).tokens

    def add_token(
        self, user: str, label: str, *, scope: Role, cameras: Sequence[str] | None, days: int
    ) -> MadeToken:
        """Make a token that acts for a user; ``cameras`` None means all that he sees."""
        body: dict[str, Any] = {"user": user, "label": label, "scope": scope.value, "days": days}
        return self._send("tokens", body if cameras is None else body | {"cameras": list(cameras)}, MadeToken)

    def remove_token(self, uid: str) -> None:
        """It is worth nothing any more."""
        self._delete(f"tokens/{quote(uid, safe='')}")

    def _delete(self, path: str) -> None:
        response = self._request(path, {}, method="DELETE")
        if not response.is_success:
            raise self._refused(response)


def _user(name: str) -> str:
    return f"users/{quote(name, safe='')}"
