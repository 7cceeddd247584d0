"""Servers that copies are sent to, for real, on loopback."""

import asyncio
import base64
import contextlib
import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import asyncssh
import botocore.session
import httpx
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob.aio import BlobServiceClient
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gcp_storage_emulator.server import create_server
from moto.server import ThreadedMotoServer

from gstnvr.config.copies import CopyPlaceSettings
from gstnvr.model.copies import PlaceKind
from tests.rig.fake_azure import FakeAzure
from tests.rig.ports import free_port

SECRET = "4f1c-secret"
PREFIX = "house/cameras"
AZURE_ACCOUNT = "devstoreaccount1"
AZURE_KEY = base64.b64encode(b"a key that opens nothing but a server on this machine").decode()


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


@dataclass(frozen=True, slots=True)
class GcsStore:
    port: int
    token_port: int
    private_key: str

    def settings(self, port: int, secret_file: Path, **others: Any) -> CopyPlaceSettings:
        key = {
            "type": "service_account",
            "project_id": "test",
            "client_email": "nvr@test",
            "private_key_id": "1",
            "private_key": self.private_key,
            "token_uri": f"http://127.0.0.1:{self.token_port}/token",
        }
        secret_file.write_text(json.dumps(key))
        secret_file.chmod(0o600)
        where = {"endpoint": f"http://127.0.0.1:{port}", "bucket": "archive", "key_file": str(secret_file)}
        return _settings(PlaceKind.GCS, where, others)

    def content(self, path: str) -> bytes | None:
        name = quote(f"{PREFIX}/{path}", safe="")
        url = f"http://127.0.0.1:{self.port}/download/storage/v1/b/archive/o/{name}?alt=media"
        answer = httpx.get(url, trust_env=False)
        return answer.content if answer.is_success else None


@contextlib.contextmanager
def gcs_store() -> Iterator[GcsStore]:
    """gcp-storage-emulator with a bucket, and a server that gives out its tokens."""
    logging.getLogger("gcp_storage_emulator").setLevel(logging.CRITICAL)
    port = free_port()
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket="archive")
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    tokens = ThreadingHTTPServer(("127.0.0.1", 0), _Tokens)
    threading.Thread(target=tokens.serve_forever, daemon=True).start()
    server.start()
    try:
        yield GcsStore(port, tokens.server_port, pem)
    finally:
        server.stop()
        tokens.shutdown()
        tokens.server_close()


class _Tokens(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@dataclass(frozen=True, slots=True)
class AzureStore:
    port: int

    def settings(self, port: int, secret_file: Path, **others: Any) -> CopyPlaceSettings:
        secret_file.write_text(AZURE_KEY)
        secret_file.chmod(0o600)
        where = {"endpoint": f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}", "bucket": "archive"}
        login = {"username": AZURE_ACCOUNT, "password_file": str(secret_file)}
        return _settings(PlaceKind.AZURE, where, login, others)

    def content(self, path: str) -> bytes | None:
        return asyncio.run(self._content(f"{PREFIX}/{path}"))

    async def _content(self, name: str) -> bytes | None:
        async with azure_client(self.port) as client, client.get_blob_client("archive", name) as blob:
            try:
                content: bytes = await (await blob.download_blob()).readall()
            except ResourceNotFoundError:
                return None
            return content


def azure_client(port: int) -> BlobServiceClient:
    where = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
    return BlobServiceClient(where, credential={"account_name": AZURE_ACCOUNT, "account_key": AZURE_KEY})


@contextlib.contextmanager
def azure_store() -> Iterator[AzureStore]:
    """Azurite where AZURITE_PORT says that it listens, with a container ``archive``; else a fake of our own."""
    port = os.environ.get("AZURITE_PORT")
    if port is not None:
        yield AzureStore(int(port))
        return
    server = FakeAzure(AZURE_ACCOUNT, "archive")
    try:
        yield AzureStore(server.port)
    finally:
        server.close()


@dataclass(frozen=True, slots=True)
class SftpStore:
    port: int
    root: Path
    known_hosts: Path
    user_key: asyncssh.SSHKey
    """Lets its owner in, too."""

    def settings(self, port: int, secret_file: Path, **others: Any) -> CopyPlaceSettings:
        secret_file.write_text(SECRET)
        secret_file.chmod(0o600)
        where = {"endpoint": f"127.0.0.1:{port}", "known_hosts_file": str(self.known_hosts)}
        login = {"username": "nvr", "password_file": str(secret_file)}
        return _settings(PlaceKind.SFTP, where, login, others)

    def content(self, path: str) -> bytes | None:
        file = self.root / PREFIX / path
        return file.read_bytes() if file.exists() else None


class _OneUser(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("nvr", SECRET)


@contextlib.contextmanager
def sftp_store() -> Iterator[SftpStore]:
    """asyncssh's server, on a thread with a loop of its own."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "home"
        root.mkdir()
        key = asyncssh.generate_private_key("ssh-ed25519")
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        user_key = asyncssh.generate_private_key("ssh-ed25519")
        server = asyncio.run_coroutine_threadsafe(_listen(root, key, user_key), loop).result(30)
        known_hosts = Path(folder) / "known_hosts"
        known_hosts.write_text("* " + key.export_public_key().decode())
        try:
            yield SftpStore(server.get_port(), root, known_hosts, user_key)
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result(30)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(30)
            loop.close()


async def _listen(root: Path, key: asyncssh.SSHKey, user_key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
    return await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=_OneUser,
        server_host_keys=[key],
        authorized_client_keys=asyncssh.import_authorized_keys(user_key.export_public_key().decode()),
        sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=os.fsencode(root)),
    )


async def _end(server: asyncssh.SSHAcceptor) -> None:
    server.close()
    await server.wait_closed()


STORES: Mapping[str, Callable[[], AbstractContextManager[Store]]] = {
    "azure": azure_store,
    "gcs": gcs_store,
    "s3": s3_store,
    "sftp": sftp_store,
}
