"""The API's server with everything that concerns users: door, accounts, certificate, set-up link."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from gstnvr.access.accounts import Accounts
from gstnvr.access.certificate import TlsFiles, own_certificate
from gstnvr.access.door import Door, Limits
from gstnvr.access.local_token import local_token
from gstnvr.api.access.guard import LOOPBACK, Reach
from gstnvr.api.app import create_app
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.events.listener import Telling
from gstnvr.api.server import ApiServer, ServerError
from gstnvr.blocking.calls import BlockingCalls, StillRunningError, TooManyHungError
from gstnvr.config.secrets import SecretError, read_secret_text
from gstnvr.config.settings import Settings
from gstnvr.db.index import Index
from gstnvr.logs.redaction import register_secret
from gstnvr.model.clock import Clock
from gstnvr.supervisor.errors import StartupError

_log = logging.getLogger(__name__)

_TIDY_EVERY_S = 60.0
_RETRY_S = 0.5
_TIMEOUT_S = 30.0
_LAST_TIMEOUT_S = 2.0
_MAX_HUNG = 4
_SETUP = "gstnvr has no administrator yet. Open this link, which is good for one time, and choose a password:"


class Entrance:
    """How people and programs get to gstnvr."""

    def __init__(
        self, index: Index, settings: Callable[[], Settings], clock: Clock, announce: Callable[[str], None]
    ) -> None:
        """Nothing is read or written yet.

        Args:
            settings: those in force.
            announce: shows lines to whoever started gstnvr. They hold a secret, so it is no log.
        """
        self._index = index
        self._settings = settings
        self._clock = clock
        self._announce = announce
        self._calls = BlockingCalls("users", _MAX_HUNG)
        self._server: ApiServer | None = None
        self._reach = LOOPBACK
        self.tls: TlsFiles | None = None
        """Shown since the start; None: nothing is encrypted."""
        self.door = Door(index, clock, self._limits, settings().key_file)
        self.accounts = Accounts(self.door)

    @property
    def setup_needed(self) -> bool:
        """Whether it is known that nobody has an account yet."""
        return self.door.book.loaded and self.door.setup_needed

    def listen(self) -> ApiServer:
        """Take the port; whoever connects is answered after ``serve``.

        Raises:
            StartupError: the certificate cannot be used, or the port not be had.
        """
        settings = self._settings()
        self._accept_programs(settings.data_dir)
        self.tls = self._certificate(settings) if settings.api.tls.enabled else None
        self._reach = Reach(not settings.api.is_loopback, self.tls is not None, settings.api.proxies)
        self._server = ApiServer(settings.api.host, settings.api.port, reach=self._reach, tls=self.tls)
        try:
            self._server.listen()
        except ServerError as error:
            raise StartupError(str(error)) from None
        return self._server

    async def serve(self, services: ApiServices, telling: Telling) -> None:
        """Answer on the port that was taken by ``listen``."""
        assert self._server is not None
        await self._server.start(create_app(services, telling, self._reach))

    async def run(self) -> None:
        """Offer the set-up where it is needed, once users are known; then forget what has expired, for ever."""
        while not await self._known():  # noqa: ASYNC110 - the database is opened elsewhere, late perhaps
            await asyncio.sleep(_RETRY_S)
        if self.setup_needed:
            await self._attempt(self._announce, self._invitation(self.door.offer_setup()))
        while True:
            await asyncio.sleep(_TIDY_EVERY_S)
            await self._attempt(self.door.tidy)

    async def end(self) -> None:
        """Write down when sessions were used last."""
        if self.door.book.loaded:
            await self._attempt(self.door.tidy, timeout_s=_LAST_TIMEOUT_S)

    async def _known(self) -> bool:
        if self._index.is_open and not self.door.book.loaded:
            await self._attempt(self.door.book.load)
        return self.door.book.loaded

    async def _attempt(self, work: Callable[..., None], *arguments: str, timeout_s: float = _TIMEOUT_S) -> None:
        try:
            await self._calls.run(work, *arguments, timeout_s=timeout_s)
        except (StillRunningError, TooManyHungError, SQLAlchemyError) as error:
            _log.warning("users and sessions: %s; it is tried again", " ".join(str(error).split()))

    def _invitation(self, secret: str) -> str:
        assert self._server is not None
        api = self._settings().api.model_copy(update={"port": self._server.port})
        addresses = [api.address]
        if not api.is_loopback:
            addresses.append(api.model_copy(update={"host": socket.gethostname()}).address)
        return "\n".join([_SETUP, *(f"  {address}/setup#secret={secret}" for address in addresses)])

    def _limits(self) -> Limits:
        access = self._settings().access
        return Limits(
            idle_s=access.session_idle_h * 3600,
            longest_s=access.session_days * 86_400,
            attempts=access.login_attempts,
            lockout_s=access.lockout_minutes * 60,
        )

    def _accept_programs(self, data_dir: Path) -> None:
        try:
            token = local_token(data_dir)
        except OSError as error:
            _log.error(
                "commands on this machine cannot ask gstnvr: their token cannot be written to %s: %s",
                data_dir,
                error.strerror,
            )
            return
        register_secret(token)
        self.door.accept_local(token)

    def _certificate(self, settings: Settings) -> TlsFiles:
        given = settings.api.tls
        if given.certificate_file is None or given.key_file is None:
            try:
                return own_certificate(settings.data_dir, self._clock.utc_ns())
            except OSError as error:
                raise StartupError(
                    f"cannot write a certificate to {settings.data_dir}: {error.strerror}"
                ) from None
        try:
            read_secret_text(given.key_file)
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                given.certificate_file, given.key_file
            )
        except SecretError as error:
            raise StartupError(f"api.tls.key_file: {error}") from None
        except (OSError, ssl.SSLError) as error:
            reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
            raise StartupError(
                f"api.tls: {given.certificate_file} with {given.key_file} cannot be used: {reason}"
            ) from None
        return TlsFiles(given.certificate_file, given.key_file)
