"""Servers that copies are sent to, for real, on loopback."""

import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import botocore.session
from moto.server import ThreadedMotoServer

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.model.copies import PlaceKind

SECRET = "4f1c-secret"
PREFIX = "house/cameras"


class Store(Protocol):
    """A server, and what it holds, asked without our own code."""

    @property
    def port(self) -> int: ...

    def settings(self, port: int, secret_file: Path, **others: Any) -> CopyPlaceSettings:
        """Of a place there, by way of a port."""
        ...

    def content(self, path: str) -> bytes | None:
        """What is below the prefix under this path; None: nothing."""
        ...


def _settings(kind: PlaceKind, *values: Mapping[str, Any]) -> CopyPlaceSettings:
    """The later values override those before."""
    usual = {"name": "offsite", "kind": kind, "prefix": PREFIX}
    return CopyPlaceSettings.model_validate({key: one[key] for one in (usual, *values) for key in one})


@dataclass(frozen=True, slots=True)
class S3Store:
    port: int
    client: Any

    def settings(self, port: int, secret_file: Path, **others: Any) -> CopyPlaceSettings:
        secret_file.write_text(SECRET)
        secret_file.chmod(0o600)
        where = {"endpoint": f"http://127.0.0.1:{port}", "bucket": "archive", "region": "us-east-1"}
        login = {"username": "AKIDEXAMPLE", "password_file": str(secret_file)}
        return _settings(PlaceKind.S3, where, login, others)

    def content(self, path: str) -> bytes | None:
        try:
            answer = self.client.get_object(Bucket="archive", Key=f"{PREFIX}/{path}")
        except self.client.exceptions.NoSuchKey:
            return None
        with contextlib.closing(answer["Body"]) as body:
            found: bytes = body.read()
        return found


@contextlib.contextmanager
def s3_store() -> Iterator[S3Store]:
    """moto, with a bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port = int(server.get_host_and_port()[1])
        client = botocore.session.get_session().create_client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="AKIDEXAMPLE",
            aws_secret_access_key=SECRET,
        )
        client.create_bucket(Bucket="archive")
        yield S3Store(port, client)
        client.close()
    finally:
        server.stop()


STORES = {"s3": s3_store}
