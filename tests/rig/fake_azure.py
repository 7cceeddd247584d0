"""As much of Azure Blob Storage as copies need, with its checks of blocks; logins are taken as given."""

import base64
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_BLOCK = re.compile(r"<(?:Latest|Uncommitted|Committed)>([^<]*)</")
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class FakeAzure:
    """One account, held in memory."""

    def __init__(self, account: str, container: str) -> None:
        """Serves at once, on a free port."""
        self.base = f"/{account}/{container}"
        self.blobs: dict[str, bytes] = {}
        self.blocks: dict[str, dict[str, bytes]] = {}
        handler = type("Handler", (_Handler,), {"store": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    store: FakeAzure
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name, query = self._asked()
        if query.get("restype") == ["container"]:
            self._answer(200 if self._is_our_container() else 404, error="ContainerNotFound")
        elif query.get("comp") == ["blocklist"]:
            self._list_blocks(name)
        elif name not in self.store.blobs:
            self._answer(404, error="BlobNotFound")
        else:
            self._send_blob(self.store.blobs[name])

    do_HEAD = do_GET  # noqa: N815 - the name is that of the protocol's method

    def do_PUT(self) -> None:
        name, query = self._asked()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if len(body) < int(self.headers.get("Content-Length", 0)):
            self.close_connection = True
        elif query.get("comp") == ["block"]:
            self._put_block(name, query["blockid"][0], body)
        elif query.get("comp") == ["blocklist"]:
            blocks = self.store.blocks.pop(name, {})
            self.store.blobs[name] = b"".join(blocks[block] for block in _BLOCK.findall(body.decode()))
            self._answer(201)
        else:
            self._answer(400, error="UnsupportedHere")

    def do_DELETE(self) -> None:
        name, _ = self._asked()
        self._answer(404 if self.store.blobs.pop(name, None) is None else 202, error="BlobNotFound")

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return unquote(parts.path).removeprefix(f"{self.store.base}/"), parse_qs(parts.query)

    def _is_our_container(self) -> bool:
        return unquote(urlsplit(self.path).path) == self.store.base

    def _put_block(self, name: str, block: str, body: bytes) -> None:
        checksum = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        if self.headers.get("Content-MD5", checksum) != checksum:
            self._answer(400, error="Md5Mismatch")
            return
        self.store.blocks.setdefault(name, {})[block] = body
        self._answer(201)

    def _list_blocks(self, name: str) -> None:
        blocks = self.store.blocks.get(name)
        if blocks is None and name not in self.store.blobs:
            self._answer(404, error="BlobNotFound")
            return
        listed = "".join(
            f"<Block><Name>{escape(block)}</Name><Size>{len(body)}</Size></Block>"
            for block, body in (blocks or {}).items()
        )
        text = f"<?xml version='1.0'?><BlockList><UncommittedBlocks>{listed}</UncommittedBlocks></BlockList>"
        self._answer(200, text.encode(), {"Content-Type": "application/xml"})

    def _send_blob(self, blob: bytes) -> None:
        about = {"ETag": '"1"', "Last-Modified": "Sat, 21 Nov 2026 12:00:00 GMT", "x-ms-blob-type": "BlockBlob"}
        match = _RANGE.match(self.headers.get("x-ms-range") or self.headers.get("Range") or "")
        if match is None:
            self._answer(200, blob, about)
            return
        piece = blob[int(match[1]) : int(match[2]) + 1]
        content_range = f"bytes {match[1]}-{int(match[1]) + len(piece) - 1}/{len(blob)}"
        self._answer(206, piece, about | {"Content-Range": content_range})

    def _answer(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, error: str = ""
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status >= 400:
            self.send_header("x-ms-error-code", error)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
