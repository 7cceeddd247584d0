"""Who is let in: set-up, login with throttle, sessions, tokens; and who is behind a request."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from gstnvr.access.book import Book
from gstnvr.access.errors import (
    BadNameError,
    CodeNeededError,
    LockedOutError,
    SetUpError,
    WrongCredentialsError,
    WrongPasswordError,
)
from gstnvr.access.names import user_name
from gstnvr.access.one_time_codes import step_of_code
from gstnvr.access.passwords import Passwords
from gstnvr.access.random_secrets import digest_of, is_digest_of, new_link_secret, new_secret
from gstnvr.access.recovery_codes import is_recovery_code, left, spent
from gstnvr.access.throttle import LoginThrottle
from gstnvr.config.sealing import Sealer, SecretKeyError
from gstnvr.db.audit import AuditLine
from gstnvr.db.index import Index
from gstnvr.model.access import ALL_CAMERAS, ApiToken, Caller, Role, Session, User, Via
from gstnvr.model.clock import NS_PER_S, Clock, UtcNs
from gstnvr.rtsp.digest import Proof, proves

_log = logging.getLogger(__name__)

UNKNOWN = "unknown"
"""In the audit log instead of a name that is none: it may be a password, typed into the wrong field."""
_LONGEST_NAME = 64
_SEEN_EVERY_NS = 10 * NS_PER_S
_NO_MATCH = "name, password or code is wrong"


@dataclass(frozen=True, slots=True)
class Limits:
    """As the settings say now."""

    idle_s: float
    """A session that is not used for so long is over."""
    longest_s: float
    """A session is over after so long, however much it is used."""
    attempts: int
    """So many failed logins, one after the other …"""
    lockout_s: float
    """… are followed by so long without any."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session that has just begun."""

    secret: str
    """For the cookie; it is nowhere else."""
    caller: Caller


def _name_to_count(written: str) -> str:
    """Under which attempts are counted: the same for all ways to write a name, whether somebody has it or not."""
    try:
        return user_name(written)
    except BadNameError:
        return written[:_LONGEST_NAME]


class Door:
    """Methods that verify a password take long; all that change something wait for the database. Call them on
    threads; those whose names begin with ``caller_`` answer from memory."""

    def __init__(
        self,
        index: Index,
        clock: Clock,
        limits: Callable[[], Limits],
        key_file: Path,
        passwords: Passwords | None = None,
    ) -> None:
        """Nobody is let in before ``book.load``, but for the local token.

        Args:
            key_file: with the key for secrets of one-time codes.
        """
        self.book = Book(index)
        self.clock = clock
        self.passwords = passwords or Passwords()
        self.sealer = Sealer(key_file)
        self.limits = limits
        self._throttle = LoginThrottle()
        self._rtsp_throttle = LoginThrottle()
        self._throttling = threading.Lock()
        self._local = ""
        self._setup = ""

    def accept_local(self, token: str) -> None:
        """The token of programs on this machine."""
        self._local = digest_of(token)

    # --- first start ----------------------------------------------------------------------------------

    @property
    def setup_needed(self) -> bool:
        """Whether nobody has an account yet."""
        return not self.book.users()

    def offer_setup(self) -> str:
        """A secret that lets its bearer make the first administrator; one that was offered before is void."""
        secret = new_link_secret()
        self._setup = digest_of(secret)
        return secret

    def set_up(self, secret: str, name: str, password: str, address: str) -> LoggedIn:
        """Make the first administrator and log him in.

        Raises:
            SetUpError: it is done already, or the secret is wrong.
            WeakPasswordError: the password is not taken.
            BadNameError: the name is none.
        """
        name = user_name(name)
        with self.book.changing():
            if not self.setup_needed:
                raise SetUpError("gstnvr is set up already; log in instead")
            if not is_digest_of(secret, self._setup):
                raise SetUpError("this link is not valid (any more); take the one that the last start printed")
            now = self.clock.utc_ns()
            user = User(name, Role.ADMINISTRATOR, ALL_CAMERAS, self.passwords.hash(password, name), now)
            self.book.store_user(user, AuditLine(now, name, "set_up", name, {"address": address}))
            self._setup = ""
        return self._begin(user, address, None)

    # --- log in and out -------------------------------------------------------------------------------

    def log_in(self, name: str, password: str, code: str | None, address: str, before: str | None) -> LoggedIn:
        """Begin a session.

        Args:
            address: where the request comes from.
            before: secret of the session that the browser had; it ends.

        Raises:
            LockedOutError: too many attempts failed.
            CodeNeededError: a one-time code is needed as well.
            WrongCredentialsError: something is wrong.
            SecretKeyError: the code cannot be verified.
        """
        user = self.prove_password(name, password, address)
        if user.totp is not None:
            user = self._prove_code(user, user.totp, code, address)
        with self._throttling:
            self._throttle.succeeded(user.name, address)
        return self._begin(user, address, before)

    def prove_password(self, written: str, password: str, address: str) -> User:
        """The user whose name and password these are. The attempt counts as failed until ``_throttle`` is told.

        Raises:
            LockedOutError, WrongCredentialsError: see ``log_in``.
        """
        name = _name_to_count(written)
        user = self.book.user(name)
        # Names that nobody has are locked as well: otherwise one could tell which names there are.
        self._begin_attempt(self._throttle, name, address, known=user is not None)
        fits = self.passwords.fits(password, None if user is None else user.password)
        if user is None or not fits or not user.enabled:
            self._note_failure(UNKNOWN if user is None else name, address)
            raise WrongCredentialsError(_NO_MATCH)
        if self.passwords.outdated(user.password):
            user = self._hashed_anew(user, self.passwords.hash(password, name))
        return user

    def prove_own(self, caller: Caller, password: str, address: str) -> User:
        """The user that a caller is, who knows his password, and not only has a session.

        Raises:
            LockedOutError: too many attempts failed.
            WrongPasswordError: it is wrong.
        """
        try:
            user = self.prove_password(caller.name, password, address)
        except WrongCredentialsError:
            raise WrongPasswordError("the password is wrong") from None
        with self._throttling:
            self._throttle.take_back(caller.name, address)
        return user

    def _prove_code(self, user: User, sealed: str, code: str | None, address: str) -> User:
        if code is None:
            with self._throttling:
                self._throttle.take_back(user.name, address)
            raise CodeNeededError("a one-time code of the authenticator app is needed as well")
        if is_recovery_code(code):
            return self._spend_recovery_code(user, code, address)
        secret = self.sealer.open(sealed)
        with self.book.changing():
            now = self.unchanged(user)
            step = step_of_code(secret, code, self.clock.utc_ns(), now.totp_step)
            if step is not None:
                taken = replace(now, totp_step=step)
                self.book.store_user(taken, None)
                return taken
        self._note_failure(user.name, address)
        raise WrongCredentialsError(_NO_MATCH)

    def _spend_recovery_code(self, user: User, code: str, address: str) -> User:
        with self.book.changing():
            now = self.unchanged(user)
            remaining = spent(code, now.recovery)
            if remaining is not None:
                detail = {"address": address, "left": left(remaining)}
                line = AuditLine(self.clock.utc_ns(), user.name, "use_recovery_code", user.name, detail)
                changed = replace(now, recovery=remaining)
                self.book.store_user(changed, line)
                return changed
        self._note_failure(user.name, address)
        raise WrongCredentialsError(_NO_MATCH)

    def log_out(self, caller: Caller) -> None:
        """End the session of this caller."""
        line = AuditLine(self.clock.utc_ns(), caller.name, "log_out", caller.name)
        self.book.end_sessions([caller.key], line)

    def _begin(self, user: User, address: str, before: str | None) -> LoggedIn:
        secret, now = new_secret(), self.clock.utc_ns()
        session = Session(digest_of(secret), user.name, now, now, address)
        line = AuditLine(now, user.name, "log_in", user.name, {"address": address})
        with self.book.changing():
            user = self.unchanged(user)
            self.book.begin_session(session, line, None if before is None else digest_of(before))
        return LoggedIn(secret, Caller(user.name, user.role, user.sees, Via.SESSION, session.digest))

    def _begin_attempt(self, throttle: LoginThrottle, name: str, address: str, *, known: bool) -> None:
        limits = self.limits()
        try:
            with self._throttling:
                throttle.begin(name, address, self.clock.monotonic(), limits.attempts, limits.lockout_s)
        except LockedOutError as error:
            if error.first:
                detail = {"address": address, "seconds": error.retry_after_s}
                shown = name if known else UNKNOWN
                self.book.add_line(AuditLine(self.clock.utc_ns(), shown, "locked_out", shown, detail))
            raise

    def _note_failure(self, name: str, address: str) -> None:
        self.book.add_line(AuditLine(self.clock.utc_ns(), name, "log_in_failed", name, {"address": address}))

    def unchanged(self, proven: User) -> User:
        """A user as he is now, if what he proved is still right: verifying takes long, and an administrator may
        have given him another password meanwhile, or removed him. Call it while nobody else changes anything.

        Raises:
            WrongCredentialsError: it is not.
        """
        now = self.book.user(proven.name)
        if now is None or not now.enabled or (now.password, now.totp) != (proven.password, proven.totp):
            raise WrongCredentialsError(_NO_MATCH)
        return now

    def _hashed_anew(self, user: User, hashed: str) -> User:
        with self.book.changing():
            changed = replace(self.unchanged(user), password=hashed)
            self.book.store_user(changed, None)
        return changed

    # --- who is behind a request ----------------------------------------------------------------------

    def caller_of_local(self, token: str, system_user: str | None) -> Caller | None:
        """A program on this machine; None if this is not its token.

        Args:
            system_user: who runs it, as it says. No user of gstnvr has a colon in his name, so that nobody is
                taken for another in the audit log.
        """
        if not self._local or not is_digest_of(token, self._local):
            return None
        return Caller(f"local:{system_user or UNKNOWN}", Role.ADMINISTRATOR, ALL_CAMERAS, Via.LOCAL)

    def caller_of_session(self, secret: str) -> Caller | None:
        """Whose session this is; None if it is none, or over."""
        session = self.book.session(digest_of(secret))
        if session is None:
            return None
        user, now = self.book.user(session.user), self.clock.utc_ns()
        if user is None or not user.enabled or self.is_over(session, now):
            return None
        if now - self.book.seen(session) >= _SEEN_EVERY_NS:
            self.book.note_seen(session.digest, now)
        return Caller(user.name, user.role, user.sees, Via.SESSION, session.digest)

    def caller_of_token(self, secret: str) -> Caller | None:
        """For whom this token acts; None if it is none, or has expired."""
        return self._caller_of(self.book.token(digest_of(secret)))

    def caller_of_key(self, uid: str) -> Caller | None:
        """For whom the token of this uid acts; None if it is gone, or has expired."""
        return self._caller_of(next((token for token in self.book.tokens() if token.uid == uid), None))

    def prove_token(self, proof: Proof, address: str) -> Caller:
        """For whom the token acts that an RTSP client shows that it knows.

        Who shows a valid one is never locked out, as nobody finds 256 random bits by trying: many programs at
        once, and another one with an old token, do no harm. Failures count apart from those of passwords.

        Args:
            proof: of a nonce that was given to this client.

        Raises:
            LockedOutError: it is no proof of any token of this user, as too many were not.
            WrongCredentialsError: it is none.
        """
        name = _name_to_count(proof.username)
        user = self.book.user(name)
        caller = None if user is None else self._caller_of(self._token_proved(user, proof))
        if caller is not None:
            return caller
        self._begin_attempt(self._rtsp_throttle, name, address, known=user is not None)
        self._note_failure(UNKNOWN if user is None else name, address)
        raise WrongCredentialsError(_NO_MATCH)

    def _token_proved(self, user: User, proof: Proof) -> ApiToken | None:
        for token in self.book.tokens():
            sealed = token.rtsp_identity if token.user == user.name else None
            try:
                if sealed is not None and proves(proof, self.sealer.open(sealed)):
                    return token
            except SecretKeyError as error:
                _log.warning("token %s cannot be used over RTSP; make a new one: %s", token.uid, error)
        return None

    def _caller_of(self, token: ApiToken | None) -> Caller | None:
        if token is None or token.expires <= self.clock.utc_ns():
            return None
        user = self.book.user(token.user)
        if user is None or not user.enabled:
            return None
        role = token.scope if user.role.covers(token.scope) else user.role
        cameras = user.sees & token.cameras
        if role is Role.ADMINISTRATOR and cameras != ALL_CAMERAS:
            role = Role.OPERATOR  # settings, logs and users are about all cameras
        return Caller(user.name, role, cameras, Via.TOKEN, token.uid)

    def is_over(self, session: Session, now: UtcNs) -> bool:
        """Whether a session was not used for too long, or is too old."""
        limits = self.limits()
        idle_ns, age_ns = now - self.book.seen(session), now - session.created
        return idle_ns > limits.idle_s * NS_PER_S or age_ns > limits.longest_s * NS_PER_S

    def tidy(self) -> None:
        """Write down when sessions were used, and forget those that are over, and expired tokens."""
        now = self.clock.utc_ns()
        with self.book.changing():
            over = [session.digest for session in self.book.sessions() if self.is_over(session, now)]
            if over:
                self.book.end_sessions(over)
            self.book.write_seen()
            for token in [token for token in self.book.tokens() if token.expires <= now]:
                self.book.remove_token(token, None)
