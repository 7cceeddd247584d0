"""A gstnvr that serves a browser, and a page of it for somebody who may see everything."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from bench.errors import BenchError
from gstnvr.access.local_token import read_local_token
from gstnvr.api.web import STATIC
from gstnvr.client.accounts import AccountsClient
from gstnvr.client.errors import ClientError
from gstnvr.model.access import Role
from tests.repository.lints import ROOT
from tests.rig.browser import running_browser

_RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"
_WITHIN_S = 120.0
_LOOK_AGAIN_S = 0.1
_NAME, _PASSWORD = "viewer", "correct horse battery"
_PAGES_IN_UTC = 'localStorage.setItem("gstnvr.preferences", JSON.stringify({zone: "UTC", language: "en"}))'


class Gstnvr:
    """``gstnvr run`` with a configuration of one's own."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Take settings but for the folder of data, which is ``data`` in this one, and the port."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        self._data = folder / "data"
        self._log_file = folder / "gstnvr.log"
        self._config = folder / "gstnvr.yaml"
        port = int(self.url.rpartition(":")[2])
        whole = {"data_dir": str(self._data), "api": {"port": port}, **settings}
        self._config.write_text("\n".join(f"{key}: {json.dumps(value)}" for key, value in whole.items()))

    @contextmanager
    def running(self) -> Iterator["Gstnvr"]:
        """For the length of a ``with`` block, from when it answers on.

        Raises:
            BenchError: it does not; the message has the end of its log.
        """
        if not (STATIC / "index.html").exists():
            raise BenchError("the web client is not built: run scripts/web")
        command = [sys.executable, "-c", _RUN, "run", "-c", str(self._config)]
        with self._log_file.open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._add_user(process)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def client(self) -> AccountsClient:
        """May do everything."""
        return AccountsClient(self.url, token=read_local_token(self._data))

    def _add_user(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _WITHIN_S
        while not self._added():
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"gstnvr does not answer: {self._log_file.read_text()[-2000:]}")
            time.sleep(_LOOK_AGAIN_S)

    def _added(self) -> bool:
        with suppress(ClientError, OSError), self.client() as client:
            client.add_user(_NAME, Role.ADMINISTRATOR, None, _PASSWORD)
            return True
        return False

    @contextmanager
    def page(self) -> Iterator[Page]:
        """A page in Chromium for somebody who is logged in, who sees all times in UTC."""
        with running_browser() as browser:
            context = browser.new_context(base_url=self.url, viewport={"width": 1280, "height": 800})
            context.add_init_script(_PAGES_IN_UTC)
            login = {"name": _NAME, "password": _PASSWORD}
            if context.request.post("/api/v1/login", data=login).status != 200:
                raise BenchError("the viewer could not log in")
            yield context.new_page()
            context.close()
