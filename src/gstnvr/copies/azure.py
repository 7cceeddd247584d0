"""Copies in Azure Blob Storage: blocks that the service checks one by one, and that become a blob in the end."""

import base64
import io
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, TypeVar

from adlfs import AzureBlobFileSystem
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import BlobBlock
from azure.storage.blob.aio import BlobClient
from fsspec.asyn import sync
from fsspec.exceptions import FSTimeoutError

from gstnvr.copies.places import CopyError, DifferentError, NotThereError, Part, PlaceError, Whole, first_line
from gstnvr.model.faults import Reason

_TIMEOUT_S = 120.0
_ONCE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 10, "read_timeout": 60}
"""The worker tries again, and says so."""

Result = TypeVar("Result")


class AzurePlace:
    """A prefix of a container."""

    def __init__(self, *, container: str, prefix: str, account: str, secret: str, endpoint: str | None) -> None:
        """No connection is made yet."""
        self._container = container
        self._prefix = f"{prefix}/" if prefix else ""
        login = {"account_name": account, "account_key": secret}
        if endpoint is not None:
            parts = {"AccountName": account, "AccountKey": secret, "BlobEndpoint": endpoint}
            login = {"connection_string": ";".join(f"{name}={value}" for name, value in parts.items())}
        self._files = AzureBlobFileSystem(**login, skip_instance_cache=True)

    def begin(self, path: str, size: int) -> str:
        self._run(path, lambda _: self._look_for_container())
        return uuid.uuid4().hex[:8]

    def held(self, path: str, token: str, sent: int, size: int) -> int:
        """Blocks of an upload that the service has forgotten are sent again, as none are there then."""
        return sum(block.size for block in self._run(path, lambda blob: _blocks(blob, token)))

    def put(self, path: str, token: str, part: Part, size: int) -> None:
        name, length = _name(token, part.number), len(part.data)
        checked = {"validate_content": True, **_ONCE}
        self._run(path, lambda blob: blob.stage_block(name, io.BytesIO(part.data), length, **checked))

    def finish(self, path: str, token: str, whole: Whole) -> bool:
        there = self._run(path, lambda blob: _blocks(blob, token))
        if [block.size for block in there] != [part.size for part in whole.parts]:
            raise DifferentError(f"{len(there)} blocks are there, {len(whole.parts)} were sent")
        self._run(path, lambda blob: blob.commit_block_list(there, **_ONCE))
        # Each block was refused unless its checksum was right.
        return True

    def abandon(self, path: str, token: str) -> None:
        """Blocks that nobody commits are forgotten within a week."""

    def size(self, path: str) -> int:
        facts = self._run(path, lambda blob: blob.get_blob_properties(**_ONCE))
        return int(facts.size)

    def read(self, path: str, start: int, end: int) -> bytes:
        return self._run(path, lambda blob: _read(blob, start, end))

    def delete(self, path: str) -> None:
        try:
            self._run(path, lambda blob: blob.delete_blob(**_ONCE))
        except NotThereError:
            return

    def close(self) -> None:
        sync(self._files.loop, self._files.service_client.close, timeout=_TIMEOUT_S)

    async def _look_for_container(self) -> None:
        async with self._files.service_client.get_container_client(self._container) as container:
            try:
                await container.get_container_properties(**_ONCE)
            except ResourceNotFoundError:
                raise PlaceError(Reason.NOT_FOUND, f"there is no container {self._container}") from None

    def _run(self, path: str, work: Callable[[BlobClient], Awaitable[Result]]) -> Result:
        async def run() -> Result:
            client = self._files.service_client
            async with client.get_blob_client(self._container, self._prefix + path) as blob:
                return await work(blob)

        try:
            result: Result = sync(self._files.loop, run, timeout=_TIMEOUT_S)
        except (AzureError, OSError, FSTimeoutError) as error:
            raise _refusal(error) from error
        return result


def _name(token: str, number: int) -> str:
    return base64.b64encode(f"{token}-{number:06d}".encode()).decode()


async def _blocks(blob: BlobClient, token: str) -> list[BlobBlock]:
    """Those of an upload that are there, from the first on without a hole."""
    try:
        _, uncommitted = await blob.get_block_list("uncommitted", **_ONCE)
    except ResourceNotFoundError:
        return []
    there = {block.id: block for block in uncommitted}
    found: list[BlobBlock] = []
    while (name := _name(token, len(found) + 1)) in there:
        found.append(there[name])
    return found


async def _read(blob: BlobClient, start: int, end: int) -> bytes:
    stream = await blob.download_blob(offset=start, length=end - start, max_concurrency=1, **_ONCE)
    content: bytes = await stream.readall()
    return content


_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (FSTimeoutError, Reason.NO_ANSWER),
    (TimeoutError, Reason.NO_ANSWER),
    (ServiceRequestError, Reason.UNREACHABLE),
    (ServiceResponseError, Reason.UNREACHABLE),
    (ClientAuthenticationError, Reason.UNAUTHORIZED),
    (HttpResponseError, Reason.SERVER_ERROR),
)


def _refusal(error: Exception) -> CopyError:
    message = first_line(error)
    if isinstance(error, ResourceNotFoundError):
        return NotThereError("no such blob")
    if isinstance(error, HttpResponseError):
        if str(getattr(error, "error_code", "")) == "Md5Mismatch":
            return DifferentError(message)
        if error.status_code == HTTPStatus.FORBIDDEN:
            return PlaceError(Reason.UNAUTHORIZED, message)
    reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
    return PlaceError(next(reasons, Reason.UNREACHABLE), message)
