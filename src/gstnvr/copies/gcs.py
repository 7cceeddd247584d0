"""Copies in Google Cloud Storage: upload sessions that can be gone on with, and the service's own checksum."""

import base64
import io
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import google.auth.exceptions
import requests
from fsspec.exceptions import FSTimeoutError
from gcsfs.core import GCSFileSystem
from gcsfs.retry import HttpError

from gstnvr.config.secrets import SecretFileError, read_secret_text
from gstnvr.copies.places import (
    CopyError,
    DifferentError,
    NotThereError,
    Part,
    PlaceError,
    UploadGoneError,
    Whole,
    first_line,
)
from gstnvr.model.faults import Reason

_TIMEOUT_S = 150.0
_REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10)
_MOST_ANSWERS = 10


class _FileSystem(GCSFileSystem):  # type: ignore[misc]  # the library has no types
    """Without the libraries' own second tries: the service is asked first what it took of a part."""

    _request = GCSFileSystem._request.__wrapped__

    async def _set_session(self) -> aiohttp.ClientSession:
        session: aiohttp.ClientSession = await super()._set_session()
        session._retry_connection = False
        return session


class GcsPlace:
    """A prefix of a bucket."""

    def __init__(self, *, bucket: str, prefix: str, key_file: Path | None, endpoint: str | None) -> None:
        """No connection is made yet.

        Args:
            key_file: JSON key of a service account; None: what this machine is logged in as.
        """
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._files = _FileSystem(
            token="google_default" if key_file is None else _read_key(key_file),
            access="read_write",
            endpoint_url=endpoint,
            requests_timeout=_REQUEST_TIMEOUT,
            skip_instance_cache=True,
        )

    def begin(self, path: str, size: int) -> str:
        name = quote(self._prefix + path, safe="")
        where = f"{self._files._location}/upload/storage/v1/b/{quote(self._bucket, safe='')}/o?name={name}"
        headers = {"X-Upload-Content-Length": str(size)}
        try:
            answer, _ = self._call("POST", where, uploadType="resumable", json={}, headers=headers)
        except NotThereError:
            raise PlaceError(Reason.NOT_FOUND, f"there is no bucket {self._bucket}") from None
        return str(answer["Location"])

    def held(self, path: str, token: str, sent: int, size: int) -> int:
        try:
            headers, content = self._call("PUT", token, headers={"Content-Range": f"bytes */{size}"})
        except NotThereError:
            raise UploadGoneError("the upload that had been begun is gone") from None
        return size if content else _held(headers)

    def put(self, path: str, token: str, part: Part, size: int) -> None:
        start = part.start
        for _ in range(_MOST_ANSWERS):
            data = io.BytesIO(part.data[start - part.start :])
            headers = {"Content-Range": f"bytes {start}-{part.end - 1}/{size}"}
            try:
                answer, content = self._call("PUT", token, headers=headers, data=data)
            except NotThereError:
                raise UploadGoneError("the upload that had been begun is gone") from None
            start = part.end if content else max(start, _held(answer))
            if start >= part.end:
                return
        raise PlaceError(Reason.SERVER_ERROR, f"no more than {start} bytes of an upload are taken")

    def finish(self, path: str, token: str, whole: Whole) -> bool:
        facts = self._facts(path)
        if int(facts["size"]) != whole.size:
            raise DifferentError(f"{facts['size']} bytes are there, {whole.size} were sent")
        checksum = facts.get("md5Hash")
        if checksum is not None and checksum != base64.b64encode(whole.md5).decode():
            raise DifferentError("its checksum is another than that of what was sent")
        return checksum is not None

    def abandon(self, path: str, token: str) -> None:
        # The session is over already: the object is there, and wrong.
        self.delete(path)

    def size(self, path: str) -> int:
        return int(self._facts(path)["size"])

    def read(self, path: str, start: int, end: int) -> bytes:
        headers = {"Range": f"bytes={start}-{end - 1}"}
        _, content = self._call("GET", self._object(path), alt="media", headers=headers)
        return content

    def delete(self, path: str) -> None:
        try:
            self._call("DELETE", self._object(path))
        except NotThereError:
            return

    def close(self) -> None:
        if self._files.session is not None:
            self._files.close_session(self._files.loop, self._files.session)

    def _facts(self, path: str) -> Mapping[str, Any]:
        _, content = self._call("GET", self._object(path))
        facts: Mapping[str, Any] = json.loads(content)
        return facts

    def _object(self, path: str) -> str:
        name = quote(self._prefix + path, safe="")
        return f"{self._files.base}b/{quote(self._bucket, safe='')}/o/{name}"

    def _call(self, method: str, where: str, **arguments: Any) -> tuple[Mapping[str, str], bytes]:
        try:
            headers, content = self._files.call(method, where, timeout=_TIMEOUT_S, **arguments)
        except _FAILURES as error:
            raise _refusal(error) from error
        return headers, content


_FAILURES = (
    HttpError,
    OSError,
    ValueError,
    aiohttp.ClientError,
    google.auth.exceptions.GoogleAuthError,
    requests.RequestException,
)


def _read_key(path: Path) -> Mapping[str, Any]:
    try:
        key: Mapping[str, Any] = json.loads(read_secret_text(path))
    except ValueError:
        raise SecretFileError(f"{path} is not the JSON key of a service account") from None
    return key


def _held(headers: Mapping[str, str]) -> int:
    """Bytes that were taken, by the header ``Range: bytes=0-LAST``; some say ``bytes=0-0`` for none."""
    last = headers.get("Range", "").rpartition("-")[2]
    return int(last) + 1 if last.isdigit() and last != "0" else 0


_REASONS: tuple[tuple[type[Exception], Reason], ...] = (
    (FSTimeoutError, Reason.NO_ANSWER),
    (TimeoutError, Reason.NO_ANSWER),
    (HttpError, Reason.SERVER_ERROR),
    (google.auth.exceptions.TransportError, Reason.UNREACHABLE),
    (google.auth.exceptions.GoogleAuthError, Reason.UNAUTHORIZED),
)


def _refusal(error: Exception) -> CopyError:
    gone = isinstance(error, HttpError) and error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    if gone or isinstance(error, FileNotFoundError):
        return NotThereError("no such object, or no such upload any more")
    refused = isinstance(error, HttpError) and error.code == HTTPStatus.UNAUTHORIZED
    if refused or str(error).startswith("Forbidden"):
        return PlaceError(Reason.UNAUTHORIZED, str(error).replace("\n", ": "))
    reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
    return PlaceError(next(reasons, Reason.UNREACHABLE), first_line(error))
