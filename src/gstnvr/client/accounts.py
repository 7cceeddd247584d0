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
        return self.get("users", {}, Users).users

    def add_user(self, name: str, role: Role, cameras: Sequence[str] | None, password: str) -> User:
        """Make an account; ``cameras`` None means all."""
        body = {"name": name, "role": role.value, "password": password}
        return self.send("users", body if cameras is None else body | {"cameras": list(cameras)}, User)

    def set_password(self, name: str, password: str) -> User:
        """Give a user another password, which ends all his sessions."""
        response = self.request(_user(name), {}, method="PATCH", body={"password": password})
        if not response.is_success:
            raise self.refused(response)
        return self.decode(response, User)

    def remove_user(self, name: str) -> None:
        """With all sessions and tokens."""
        self._delete(_user(name))

    def remove_codes(self, name: str) -> None:
        """Let a user log in without his authenticator app."""
        self._delete(f"{_user(name)}/one-time-codes")

    def tokens(self) -> tuple[Token, ...]:
        """All that the caller may know of, the oldest first."""
        return self.get("tokens", {}, Tokens).tokens

    def add_token(
        self, user: str, label: str, *, scope: Role, cameras: Sequence[str] | None, days: int
    ) -> MadeToken:
        """Make a token that acts for a user; ``cameras`` None means all that he sees."""
        body: dict[str, Any] = {"user": user, "label": label, "scope": scope.value, "days": days}
        return self.send("tokens", body if cameras is None else body | {"cameras": list(cameras)}, MadeToken)

    def remove_token(self, uid: str) -> None:
        """It is worth nothing any more."""
        self._delete(f"tokens/{quote(uid, safe='')}")

    def _delete(self, path: str) -> None:
        response = self.request(path, {}, method="DELETE")
        if not response.is_success:
            raise self.refused(response)


def _user(name: str) -> str:
    return f"users/{quote(name, safe='')}"
