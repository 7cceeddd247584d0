"""An SFTP server that takes copies, which can be stopped and started again."""

import asyncio
import os
import socket
import threading
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import asyncssh

_USER, _PASSWORD = "lab", "not a secret"
_WITHIN_S = 30.0

Result = TypeVar("Result")


class SftpServer:
    """Listens for the length of a ``with`` block, on a thread of its own."""

    def __init__(self, place: Path) -> None:
        """Take the path of a directory that is not there yet; below ``home`` is what it is sent."""
        self._place = place
        self.home = place / "home"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp server", daemon=True)
        self._acceptor: asyncssh.SSHAcceptor | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = int(free.getsockname()[1])

    def settings(self) -> dict[str, Any]:
        """Of the place, as in the configuration."""
        return {
            "name": "lab",
            "kind": "sftp",
            "endpoint": f"127.0.0.1:{self._port}",
            "username": _USER,
            "password_file": str(self._place / "password"),
            "known_hosts_file": str(self._place / "known_hosts"),
        }

    def __enter__(self) -> "SftpServer":
        self.home.mkdir(parents=True)
        password = self._place / "password"
        password.write_text(_PASSWORD)
        password.chmod(0o600)
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(self._place / "key")
        (self._place / "known_hosts").write_text("* " + key.export_public_key().decode())
        self._thread.start()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_WITHIN_S)
        self._loop.close()

    def start(self) -> None:
        """Listen, at the same port as before."""
        self._acceptor = self._do(self._listen())

    def stop(self) -> None:
        """Hang up, and listen no more."""
        acceptor, self._acceptor = self._acceptor, None
        if acceptor is not None:
            self._do(_close(acceptor))

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_WITHIN_S)

    async def _listen(self) -> asyncssh.SSHAcceptor:
        home = os.fsencode(self.home)
        return await asyncssh.listen(
            "127.0.0.1",
            self._port,
            server_factory=_OneUser,
            server_host_keys=[str(self._place / "key")],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=home),
            reuse_address=True,
        )


class _OneUser(asyncssh.SSHServer):
    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (_USER, _PASSWORD)


async def _close(acceptor: asyncssh.SSHAcceptor) -> None:
    acceptor.close()
    await acceptor.wait_closed()
