"""Changes to users, their passwords, one-time codes and tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from gstnvr.access.door import Door
from gstnvr.access.errors import (
    LastAdministratorError,
    NameTakenError,
    NoOneTimeCodesError,
    TooManyTokensError,
    UnknownSessionError,
    UnknownTokenError,
    UnknownUserError,
    WrongCodeError,
    WrongCredentialsError,
    WrongPasswordError,
)
from gstnvr.access.names import user_name
from gstnvr.access.one_time_codes import enrolment_uri, new_totp_secret, step_of_code
from gstnvr.access.random_secrets import digest_of, new_token
from gstnvr.access.recovery_codes import new_recovery_codes
from gstnvr.access.rtsp_identity import rtsp_identity
from gstnvr.db.audit import AuditLine
from gstnvr.model.access import ApiToken, Caller, Cameras, Role, Session, User
from gstnvr.model.clock import UtcNs, format_utc

_UID_DIGITS = 12
MOST_TOKENS = 100
"""Of one user; they are all in memory."""


@dataclass(frozen=True, slots=True)
class UserChange:
    """What is to become of a user; None: it stays."""

    role: Role | None = None
    cameras: Cameras | None = None
    enabled: bool | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class TokenWish:
    """A token that is to be made."""

    user: str
    """For whom it acts."""
    label: str
    scope: Role
    cameras: Cameras
    expires: UtcNs


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret for an authenticator app; it counts once a code has confirmed it."""

    secret: str
    uri: str
    """For a QR code."""


class Accounts:
    """Every change is made for a caller, whose name is in the audit log. Call it on threads."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._book = door.book
        self._enrolments: dict[str, str] = {}

    def users(self) -> list[User]:
        """All, by name."""
        return self._book.users()

    def user(self, name: str) -> User:
        """The one of this name.

        Raises:
            UnknownUserError: there is none.
        """
        found = self._book.user(name)
        if found is None:
            raise UnknownUserError(f"there is no user {name!r}")
        return found

    def add(self, by: Caller, name: str, role: Role, cameras: Cameras, password: str) -> User:
        """Make an account.

        Raises:
            BadNameError: the name is none.
            NameTakenError: somebody has that name.
            LastAdministratorError: nobody could administer gstnvr yet.
            WeakPasswordError: the password is not taken.
        """
        name = user_name(name)
        hashed = self._door.passwords.hash(password, name)
        with self._book.changing():
            if self._book.user(name) is not None:
                raise NameTakenError(f"there is a user {name!r} already")
            if role is not Role.ADMINISTRATOR and not self._book.users():
                raise LastAdministratorError("the first user must be an administrator")
            user = User(name, role, cameras, hashed, self.now())
            self._book.store_user(user, self._line(by, "add_user", name, _rights(user)))
        return user

    def change(self, by: Caller, name: str, wanted: UserChange) -> User:
        """Change an account. A new password, or none that counts any more, ends the user's sessions.

        Raises:
            UnknownUserError: there is none.
            LastAdministratorError: nobody could administer gstnvr any more.
            WeakPasswordError: the password is not taken.
        """
        hashed = None if wanted.password is None else self._door.passwords.hash(wanted.password, name)
        with self._book.changing():
            before = self.user(name)
            after = replace(
                before,
                role=wanted.role or before.role,
                cameras=before.cameras if wanted.cameras is None else wanted.cameras,
                enabled=before.enabled if wanted.enabled is None else wanted.enabled,
                password=hashed or before.password,
            )
            self._keep_an_administrator(name, after)
            detail = _rights(after) | ({"password": "new"} if hashed else {})
            ends = hashed is not None or not after.enabled
            line = self._line(by, "change_user", name, detail)
            self._book.store_user(after, line, end_sessions_but=by.key if ends else None)
        return after

    def remove(self, by: Caller, name: str) -> None:
        """Remove an account with its sessions and tokens.

        Raises:
            UnknownUserError: there is none.
            LastAdministratorError: nobody could administer gstnvr any more.
        """
        with self._book.changing():
            self.user(name)
            self._keep_an_administrator(name, None)
            self._book.remove_user(name, self._line(by, "remove_user", name))

    def change_own_password(self, by: Caller, current: str, new: str, address: str) -> None:
        """End all other sessions, too.

        Raises:
            WrongPasswordError: the current password is wrong.
            LockedOutError: that was tried too often.
            WeakPasswordError: the new one is not taken.
        """
        proven = self._door.prove_own(by, current, address)
        hashed = self._door.passwords.hash(new, by.name)
        with self._book.changing():
            user = replace(self._unchanged(proven), password=hashed)
            self._book.store_user(user, self._line(by, "change_password", by.name), end_sessions_but=by.key)

    def _unchanged(self, proven: User) -> User:
        try:
            return self._door.unchanged(proven)
        except WrongCredentialsError:
            raise WrongPasswordError("the password is another one by now") from None

    # --- one-time codes -------------------------------------------------------------------------------

    def begin_enrolment(self, by: Caller, password: str, address: str) -> Enrolment:
        """A new secret for the caller's app.

        Raises:
            WrongPasswordError, LockedOutError: see ``change_own_password``.
        """
        self._door.prove_own(by, password, address)
        secret = new_totp_secret()
        self._enrolments[by.name] = secret
        return Enrolment(secret, enrolment_uri(secret, by.name))

    def confirm_enrolment(self, by: Caller, code: str) -> None:
        """From now on a code is needed to log in.

        Raises:
            WrongCodeError: it is not the code of the enrolment that was begun last.
            SecretKeyError: the secret cannot be sealed.
        """
        secret = self._enrolments.get(by.name)
        step = None if secret is None else step_of_code(secret, code, self.now(), 0)
        if secret is None or step is None:
            raise WrongCodeError("this is not the code; are the clocks of telephone and machine right?")
        with self._book.changing():
            user = replace(self.user(by.name), totp=self._door.sealer.seal(secret), totp_step=step)
            line = self._line(by, "add_one_time_codes", by.name)
            self._book.store_user(user, line, end_sessions_but=by.key)
        self._enrolments.pop(by.name, None)

    def remove_own_codes(self, by: Caller, password: str, address: str) -> None:
        """The password is enough again.

        Raises:
            WrongPasswordError, LockedOutError: see ``change_own_password``.
        """
        self._door.prove_own(by, password, address)
        self.remove_codes(by, by.name)

    def remove_codes(self, by: Caller, name: str) -> None:
        """The password of this user is enough again, e.g. because the telephone is lost.

        Raises:
            UnknownUserError: there is none.
        """
        with self._book.changing():
            user = replace(self.user(name), totp=None, recovery=())
            self._book.store_user(user, self._line(by, "remove_one_time_codes", name))

    def make_recovery_codes(self, by: Caller, password: str, address: str) -> list[str]:
        """Ten codes for the caller, each good for one login without the app; those from before are void.

        Raises:
            NoOneTimeCodesError: he needs no app to log in.
            WrongPasswordError, LockedOutError: see ``change_own_password``.
        """
        proven = self._door.prove_own(by, password, address)
        codes, hashes = new_recovery_codes()
        with self._book.changing():
            before = self._unchanged(proven)
            if before.totp is None:
                raise NoOneTimeCodesError("recovery codes stand in for an authenticator app; set one up first")
            line = self._line(by, "make_recovery_codes", by.name)
            self._book.store_user(replace(before, recovery=hashes), line)
        return codes

    # --- sessions -------------------------------------------------------------------------------------

    def sessions(self, by: Caller) -> list[Session]:
        """Those of the caller that are not over, the newest first; an administrator sees all."""
        now = self.now()
        found = [replace(one, seen=self._book.seen(one)) for one in self._book.sessions() if _concerns(by, one)]
        return sorted((one for one in found if not self._door.is_over(one, now)), key=lambda one: -one.created)

    def end_session(self, by: Caller, uid: str) -> None:
        """Log a browser out.

        Raises:
            UnknownSessionError: there is none, or it is somebody else's.
        """
        with self._book.changing():
            session = next((one for one in self.sessions(by) if one.uid == uid), None)
            if session is None:
                raise UnknownSessionError(f"there is no session {uid}")
            line = self._line(by, "end_session", session.user, {"address": session.address})
            self._book.end_sessions([session.digest], line)

    # --- tokens ---------------------------------------------------------------------------------------

    def tokens(self, by: Caller) -> list[ApiToken]:
        """Those of the caller; an administrator sees all."""
        return [token for token in self._book.tokens() if _concerns(by, token)]

    def add_token(self, by: Caller, wish: TokenWish) -> tuple[ApiToken, str]:
        """Make a token: what is stored of it, and itself, which is shown this once.

        Raises:
            UnknownUserError: there is none.
            TooManyTokensError: of this user.
            SecretKeyError: what RTSP clients are verified with cannot be sealed.
        """
        secret = new_token()
        identity = self._door.sealer.seal(rtsp_identity(wish.user, secret))
        with self._book.changing():
            self.user(wish.user)
            if sum(token.user == wish.user for token in self._book.tokens()) >= MOST_TOKENS:
                message = (
                    f"{wish.user} has {MOST_TOKENS} tokens, and nobody has more; remove one that is not needed"
                )
                raise TooManyTokensError(message)
            token = ApiToken(
                uid=uuid4().hex[:_UID_DIGITS],
                digest=digest_of(secret),
                user=wish.user,
                label=wish.label,
                scope=wish.scope,
                cameras=wish.cameras,
                created=self.now(),
                expires=wish.expires,
                rtsp_identity=identity,
            )
            detail = {"label": wish.label, "scope": wish.scope.value, "expires": format_utc(wish.expires)}
            self._book.store_token(token, self._line(by, "add_token", f"{wish.user}/{token.uid}", detail))
        return token, secret

    def remove_token(self, by: Caller, uid: str) -> None:
        """It is worth nothing any more.

        Raises:
            UnknownTokenError: there is none, or it is somebody else's.
        """
        with self._book.changing():
            token = next((token for token in self.tokens(by) if token.uid == uid), None)
            if token is None:
                raise UnknownTokenError(f"there is no token {uid}")
            line = self._line(by, "remove_token", f"{token.user}/{uid}", {"label": token.label})
            self._book.remove_token(token, line)

    def _keep_an_administrator(self, name: str, after: User | None) -> None:
        others = [user for user in self._book.users() if user.name != name]
        left = others if after is None else [*others, after]
        if not any(user.enabled and user.role is Role.ADMINISTRATOR for user in left):
            raise LastAdministratorError(f"{name!r} is the last administrator; make another one first")

    def _line(
        self, by: Caller, action: str, subject: str, detail: Mapping[str, object] | None = None
    ) -> AuditLine:
        return AuditLine(self.now(), by.name, action, subject, detail or {})

    def now(self) -> UtcNs:
        """By the wall clock."""
        return self._door.clock.utc_ns()


def _concerns(by: Caller, thing: ApiToken | Session) -> bool:
    return by.role is Role.ADMINISTRATOR or thing.user == by.name


def _rights(user: User) -> dict[str, object]:
    return {"role": user.role.value, "cameras": user.cameras.listed(), "enabled": user.enabled}
