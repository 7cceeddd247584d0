"""Copies in S3, and in whatever speaks its language: multipart uploads with a checksum of every part."""

import base64
from collections.abc import Mapping
from typing import Any

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError
from fsspec.exceptions import FSTimeoutError
from s3fs import S3FileSystem

from gstnvr.copies.places import (
    CopyError,
    DifferentError,
    NotThereError,
    Part,
    PartSums,
    PlaceError,
    UploadGoneError,
    Whole,
    first_line,
)
from gstnvr.model.faults import Reason

_TIMEOUT_S = 120.0
_CONNECTION = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 1}}

_REASONS = {
    "NoSuchBucket": Reason.NOT_FOUND,
    "InvalidAccessKeyId": Reason.UNAUTHORIZED,
    "SignatureDoesNotMatch": Reason.UNAUTHORIZED,
    "AccessDenied": Reason.UNAUTHORIZED,
    "ExpiredToken": Reason.UNAUTHORIZED,
    "403": Reason.UNAUTHORIZED,
    "QuotaExceeded": Reason.NO_SPACE,
}


class S3Place:
    """A prefix of a bucket."""

    def __init__(
        self, *, bucket: str, prefix: str, key: str, secret: str, endpoint: str | None, region: str | None
    ) -> None:
        """No connection is made yet."""
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        client: dict[str, Any] = {} if region is None else {"region_name": region}
        self._files = S3FileSystem(
            key=key,
            secret=secret,
            endpoint_url=endpoint,
            client_kwargs=client,
            config_kwargs=_CONNECTION,
            skip_instance_cache=True,
        )
        self._files.retries = 1  # the worker tries again, and says so

    def begin(self, path: str, size: int) -> str:
        answer = self._call("create_multipart_upload", path, ChecksumAlgorithm="SHA256")
        return str(answer["UploadId"])

    def held(self, path: str, token: str, sent: int, size: int) -> int:
        held = 0
        for number, part in enumerate(self._parts(path, token), 1):
            if part["PartNumber"] != number:
                break
            held += int(part["Size"])
        return held

    def put(self, path: str, token: str, part: Part, size: int) -> None:
        self._call(
            "upload_part",
            path,
            UploadId=token,
            PartNumber=part.number,
            Body=part.data,
            ChecksumSHA256=base64.b64encode(part.sha256).decode(),
        )

    def finish(self, path: str, token: str, whole: Whole) -> bool:
        there = {int(part["PartNumber"]): part for part in self._parts(path, token)}
        if set(there) != {part.number for part in whole.parts}:
            raise DifferentError(f"{len(there)} parts are there, {len(whole.parts)} were sent")
        shown = [_is_part(there[part.number], part) for part in whole.parts]
        if False in shown:
            raise DifferentError(f"part {shown.index(False) + 1} is not what was sent")
        parts = [_as_completed(part) for _, part in sorted(there.items())]
        self._call("complete_multipart_upload", path, UploadId=token, MultipartUpload={"Parts": parts})
        return None not in shown

    def abandon(self, path: str, token: str) -> None:
        try:
            self._call("abort_multipart_upload", path, UploadId=token)
        except UploadGoneError:
            return

    def size(self, path: str) -> int:
        return int(self._call("head_object", path)["ContentLength"])

    def read(self, path: str, start: int, end: int) -> bytes:
        try:
            found: bytes = self._files.cat_file(self._full(path), start=start, end=end)
        except (OSError, BotoCoreError, aiohttp.ClientError) as error:
            raise _refusal(error) from error
        return found

    def delete(self, path: str) -> None:
        self._call("delete_object", path)

    def close(self) -> None:
        self._files.close_session(self._files.loop, self._files.s3)

    def _parts(self, path: str, token: str) -> list[Mapping[str, Any]]:
        parts: list[Mapping[str, Any]] = []
        marker = 0
        while True:
            answer = self._call("list_parts", path, UploadId=token, PartNumberMarker=marker)
            parts += answer.get("Parts", [])
            if not answer.get("IsTruncated"):
                return parts
            marker = int(answer["NextPartNumberMarker"])

    def _full(self, path: str) -> str:
        return f"{self._bucket}/{self._prefix}{path}"

    def _call(self, method: str, path: str, **arguments: Any) -> Mapping[str, Any]:
        at = {"Bucket": self._bucket, "Key": self._prefix + path}
        try:
            answer: Mapping[str, Any] = self._files.call_s3(method, at, timeout=_TIMEOUT_S, **arguments)
        except (OSError, BotoCoreError, aiohttp.ClientError) as error:
            raise _refusal(error) from error
        return answer


def _is_part(there: Mapping[str, Any], sent: PartSums) -> bool | None:
    """Whether a part is what was sent; None if the service does not say."""
    if int(there["Size"]) != sent.size:
        return False
    checksum = there.get("ChecksumSHA256")
    if checksum is not None:
        return bool(checksum == base64.b64encode(sent.sha256).decode())
    # With some kinds of encryption at rest the tag is another thing than a checksum.
    return True if str(there.get("ETag", "")).strip('"') == sent.md5.hex() else None


def _as_completed(part: Mapping[str, Any]) -> dict[str, Any]:
    wanted = ("PartNumber", "ETag", "ChecksumSHA256")
    return {name: part[name] for name in wanted if name in part}


def _refusal(error: Exception) -> CopyError:
    """In our words. s3fs hides what the service said behind the nearest error of files."""
    if isinstance(error, FSTimeoutError):
        return PlaceError(Reason.NO_ANSWER, "no answer in time")
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ClientError):
        cause = cause.__cause__
    if cause is None:
        if isinstance(error, FileNotFoundError):
            return NotThereError("no such object")
        return PlaceError(Reason.UNREACHABLE, first_line(error))
    return _of_code(str(cause.response.get("Error", {}).get("Code", "")), first_line(cause))


def _of_code(code: str, message: str) -> CopyError:
    if code == "NoSuchUpload":
        return UploadGoneError("the upload that had been begun is gone")
    if code in ("NoSuchKey", "404"):
        return NotThereError("no such object")
    if code in ("BadDigest", "XAmzContentChecksumMismatch", "InvalidPart"):
        return DifferentError(message)
    return PlaceError(_REASONS.get(code, Reason.SERVER_ERROR), message)
