"""Users, sessions and tokens in memory, as they are in the database: whoever asks waits for no disk."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from gstnvr.db import access
from gstnvr.db.audit import AuditLine, add_line
from gstnvr.db.index import Index
from gstnvr.db.writer import IndexWriter
from gstnvr.model.access import ApiToken, Session, User
from gstnvr.model.clock import UtcNs

MOST_SESSIONS = 100
"""Of one user; with another one, that ends which was not used for the longest time."""


@dataclass(slots=True)
class _Content:
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: dict[str, ApiToken] = field(default_factory=dict)


class Book:
    """Changes are written first and known afterwards, each with its line in the audit log."""

    def __init__(self, index: Index) -> None:
        """Nothing is known before ``load``."""
        self._index = index
        self._content: _Content | None = None
        self._seen: dict[str, UtcNs] = {}
        self._changing = threading.RLock()

    @property
    def loaded(self) -> bool:
        """Whether it can be asked."""
        return self._content is not None

    def load(self) -> None:
        """Read it, unless that was done.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is not open, or does not answer.
        """
        with self._changing:
            if self._content is None:
                with self._index.reading() as connection:
                    self._content = _Content(
                        {user.name: user for user in access.users(connection)},
                        {session.digest: session for session in access.sessions(connection)},
                        {token.digest: token for token in access.tokens(connection)},
                    )

    @property
    def _known(self) -> _Content:
        assert self._content is not None, "it is loaded before it is asked"
        return self._content

    def users(self) -> list[User]:
        """All, by name."""
        return sorted(self._known.users.values(), key=lambda user: user.name)

    def user(self, name: str) -> User | None:
        """The one with this name."""
        return self._known.users.get(name)

    def sessions(self) -> list[Session]:
        """All, also those that have expired."""
        return list(self._known.sessions.values())

    def session(self, digest: str) -> Session | None:
        """The one with the secret of this digest."""
        return self._known.sessions.get(digest)

    def seen(self, session: Session) -> UtcNs:
        """When a session was used last."""
        return self._seen.get(session.digest, session.seen)

    def tokens(self) -> list[ApiToken]:
        """All, the oldest first, also those that have expired."""
        return list(self._known.tokens.values())

    def token(self, digest: str) -> ApiToken | None:
        """The one of this digest."""
        return self._known.tokens.get(digest)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile."""
        with self._changing:
            yield

    def store_user(self, user: User, line: AuditLine | None, *, end_sessions_but: str | None = None) -> None:
        """Enter a user, or how he is now.

        Args:
            end_sessions_but: all his sessions end but the one of this digest; None: none ends.
        """
        ended = [] if end_sessions_but is None else self._sessions_of(user.name, but=end_sessions_but)
        with self._writing(line) as writer:
            access.store_user(writer, user)
            access.remove_sessions(writer, ended)
        self._known.users[user.name] = user
        self._forget_sessions(ended)

    def remove_user(self, name: str, line: AuditLine) -> None:
        """With all sessions and tokens."""
        ended = self._sessions_of(name)
        with self._writing(line) as writer:
            access.remove_user(writer, name)
        del self._known.users[name]
        self._forget_sessions(ended)
        for token in [token for token in self._known.tokens.values() if token.user == name]:
            del self._known.tokens[token.digest]

    def begin_session(self, session: Session, line: AuditLine, instead_of: str | None) -> None:
        """Enter a session, and end the one with this digest that the browser had before."""
        ended = [] if instead_of is None or instead_of not in self._known.sessions else [instead_of]
        own = sorted((one for one in self.sessions() if one.user == session.user), key=self.seen)
        ended += [one.digest for one in own[: max(0, len(own) - MOST_SESSIONS + 1)] if one.digest not in ended]
        with self._writing(line) as writer:
            access.store_session(writer, session)
            access.remove_sessions(writer, ended)
        self._known.sessions[session.digest] = session
        self._forget_sessions(ended)

    def end_sessions(self, digests: list[str], line: AuditLine | None = None) -> None:
        """They are over."""
        with self._writing(line) as writer:
            access.remove_sessions(writer, digests)
        self._forget_sessions(digests)

    def note_seen(self, digest: str, at: UtcNs) -> None:
        """A session was used; it is written down with ``write_seen``."""
        self._seen[digest] = at

    def write_seen(self) -> None:
        """Write down when sessions were used last."""
        with self._changing:
            seen = dict(self._seen)
            if not seen:
                return
            with self._index.writing() as writer:
                access.note_seen(writer, seen)
            for digest, at in seen.items():
                session = self.session(digest)
                if session is not None:
                    self._known.sessions[digest] = replace(session, seen=at)
                if self._seen.get(digest) == at:
                    del self._seen[digest]

    def store_token(self, token: ApiToken, line: AuditLine) -> None:
        """Enter a new token."""
        with self._writing(line) as writer:
            access.store_token(writer, token)
        self._known.tokens[token.digest] = token

    def remove_token(self, token: ApiToken, line: AuditLine | None) -> None:
        """It is worth nothing any more."""
        with self._writing(line) as writer:
            access.remove_token(writer, token.uid)
        self._known.tokens.pop(token.digest, None)

    def add_line(self, line: AuditLine) -> None:
        """A line in the audit log alone."""
        with self._writing(line):
            pass

    @contextmanager
    def _writing(self, line: AuditLine | None) -> Iterator[IndexWriter]:
        with self._changing, self._index.writing() as writer:
            yield writer
            if line is not None:
                add_line(writer, line)

    def _sessions_of(self, name: str, but: str = "") -> list[str]:
        return [one.digest for one in self.sessions() if one.user == name and one.digest != but]

    def _forget_sessions(self, digests: list[str]) -> None:
        for digest in digests:
            self._known.sessions.pop(digest, None)
            self._seen.pop(digest, None)
