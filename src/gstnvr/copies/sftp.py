"""Copies in a folder of an SFTP server: files that grow under another name and are read back before they count."""

import posixpath
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
from asyncssh import SFTPClient, SSHClientConnection
from fsspec.asyn import get_loop, sync
from fsspec.exceptions import FSTimeoutError

from gstnvr.copies.places import CopyError, NotThereError, Part, PlaceError, UploadGoneError, Whole, first_line
from gstnvr.model.faults import Reason

_TIMEOUT_S = 120.0
_CONNECT_S = 15
_KEEP_ALIVE_S = 15
_UNFINISHED = ".unfinished"

Result = TypeVar("Result")


class SftpPlace:
    """A folder of a server."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        folder: str,
        username: str,
        password: str | None,
        key_file: Path | None,
        known_hosts: Path,
    ) -> None:
        """No connection is made yet; a server whose key is not in ``known_hosts`` is not talked to."""
        self._folder = folder
        self._options = {
            "host": host,
            "port": port,
            "username": username,
            "password": password,
            "client_keys": None if key_file is None else [str(key_file)],
            "known_hosts": str(known_hosts),
            "config": None,
            "agent_path": None,
            "connect_timeout": _CONNECT_S,
            "login_timeout": _CONNECT_S,
            "keepalive_interval": _KEEP_ALIVE_S,
        }
        self._loop = get_loop()
        self._connection: SSHClientConnection | None = None
        self._client: SFTPClient | None = None

    def begin(self, path: str, size: int) -> str:
        self._run(lambda client: self._make(client, self._at(path)))
        return _UNFINISHED

    def held(self, path: str, token: str, sent: int, size: int) -> int:
        """No more than was sent for certain: a server may write what comes last first."""
        try:
            there = self._run(lambda client: client.stat(self._at(path) + token))
        except NotThereError:
            raise UploadGoneError("the upload that had been begun is gone") from None
        return min(sent, there.size or 0)

    def put(self, path: str, token: str, part: Part, size: int) -> None:
        self._run(lambda client: _write(client, self._at(path) + token, part))

    def finish(self, path: str, token: str, whole: Whole) -> bool:
        final = self._at(path)
        self._run(lambda client: _rename(client, final + token, final))
        return False

    def abandon(self, path: str, token: str) -> None:
        self._delete(self._at(path) + token)

    def size(self, path: str) -> int:
        there = self._run(lambda client: client.stat(self._at(path)))
        return there.size or 0

    def read(self, path: str, start: int, end: int) -> bytes:
        return self._run(lambda client: _read(client, self._at(path), start, end))

    def delete(self, path: str) -> None:
        self._delete(self._at(path))

    def close(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            sync(self._loop, _close, connection, timeout=_TIMEOUT_S)

    def _delete(self, full: str) -> None:
        with suppress(NotThereError):
            self._run(lambda client: client.remove(full))

    def _at(self, path: str) -> str:
        return posixpath.join(self._folder, path)

    async def _make(self, client: SFTPClient, full: str) -> None:
        await client.makedirs(posixpath.dirname(full), exist_ok=True)
        async with client.open(full + _UNFINISHED, "wb"):
            pass

    def _run(self, work: Callable[[SFTPClient], Coroutine[Any, Any, Result]]) -> Result:
        async def run() -> Result:
            if self._client is None:
                self._connection = await asyncssh.connect(**self._options)
                self._client = await self._connection.start_sftp_client()
            return await work(self._client)

        try:
            result: Result = sync(self._loop, run, timeout=_TIMEOUT_S)
        except (asyncssh.Error, OSError, FSTimeoutError, ValueError) as error:
            if not isinstance(error, asyncssh.SFTPNoSuchFile):
                self._drop()
            raise _refusal(error) from error
        return result

    def _drop(self) -> None:
        """A connection on which something went wrong is not used again."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            self._loop.call_soon_threadsafe(connection.abort)


async def _write(client: SFTPClient, full: str, part: Part) -> None:
    async with client.open(full, "r+b") as file:
        await file.write(part.data, part.start)
        with suppress(asyncssh.SFTPOpUnsupported):
            await file.fsync()


async def _rename(client: SFTPClient, unfinished: str, final: str) -> None:
    try:
        await client.posix_rename(unfinished, final)
    except asyncssh.SFTPOpUnsupported:
        await client.rename(unfinished, final)


async def _read(client: SFTPClient, full: str, start: int, end: int) -> bytes:
    async with client.open(full, "rb") as file:
        content: bytes = await file.read(end - start, start)
        return content


async def _close(connection: SSHClientConnection) -> None:
    connection.close()
    await connection.wait_closed()


_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (FSTimeoutError, Reason.NO_ANSWER),
    (TimeoutError, Reason.NO_ANSWER),
    (asyncssh.HostKeyNotVerifiable, Reason.CERTIFICATE),
    (asyncssh.PermissionDenied, Reason.UNAUTHORIZED),
    (asyncssh.SFTPPermissionDenied, Reason.UNAUTHORIZED),
    (asyncssh.KeyImportError, Reason.UNAUTHORIZED),
    (asyncssh.SFTPNoSpaceOnFilesystem, Reason.NO_SPACE),
    (asyncssh.SFTPQuotaExceeded, Reason.NO_SPACE),
    (asyncssh.SFTPConnectionLost, Reason.UNREACHABLE),
    (asyncssh.SFTPNoConnection, Reason.UNREACHABLE),
    (asyncssh.SFTPError, Reason.SERVER_ERROR),
)


def _refusal(error: Exception) -> CopyError:
    if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
        return NotThereError("no such file")
    reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
    return PlaceError(next(reasons, Reason.UNREACHABLE), first_line(error))
