"""A real gstnvr with simulated cameras, one of which was silent for a while, and pages in a real browser."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from gstnvr.access.local_token import read_local_token
from gstnvr.api.web import STATIC
from gstnvr.client.accounts import AccountsClient
from gstnvr.client.errors import ClientError
from gstnvr.client.models import Segment
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.access import Role
from gstnvr.model.records import SegmentState
from gstnvr.model.status import RecordingPhase
from tests.repository.lints import ROOT
from tests.rig.counted_video import make_counted_video
from tests.rig.ports import free_port
from tests.rig.waiting import wait_until

AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
RUN = "import sys; from gstnvr.cli.main import main; sys.exit(main())"
WAIT_S = 60.0
START_S = 180.0
PAGE_TIMEOUT_MS = 30_000.0
SEGMENT_S = 2
NAME, GUEST, PASSWORD = "kim", "guest", "correct horse battery"

expect.set_options(timeout=PAGE_TIMEOUT_MS)

LANGUAGES = {"en": "en-GB", "ko": "ko-KR"}


class Recorder:
    """``gstnvr run`` with cameras whose pictures are numbered, first of them ``front``, and ``yard``."""

    def __init__(
        self, folder: Path, numbered: Sequence[str] = ("front",), sources: Mapping[str, str] | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            sources: of other cameras than these; ``front`` and ``yard`` must be among them.
        """
        assert (STATIC / "index.html").exists(), "the web client is not built: run scripts/web"
        self.folder = folder
        self.volume = folder / "video"
        self.volume.mkdir()
        self.config = folder / "gstnvr.yaml"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.rtsp_port = free_port()
        if sources is None:
            video = make_counted_video(folder / "counted.mp4", 90)
            sources = dict.fromkeys(numbered, str(video)) | {"yard": "pattern:180p10"}
        self.names = tuple(sources)
        self.cameras = SimulatedCameras(sources)
        self._process: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator["Recorder"]:
        with self.cameras:
            listed = "\n".join(
                f"  - {{id: {name}, name: {name.title()}, main: {{url: '{self.cameras.url(name)}'}}}}"
                for name in self.names
            )
            config = self.config
            config.write_text(
                f"data_dir: {self.folder / 'data'}\napi: {{port: {self.port}}}\n"
                f"restream: {{enabled: true, port: {self.rtsp_port}}}\n"
                f"recording: {{segment_s: {SEGMENT_S}}}\nstorage: {{volumes: [{{path: {self.volume}}}]}}\n"
                f"cameras:\n{listed}\n"
            )
            command = [sys.executable, "-c", RUN, "run", "-c", str(config)]
            with (self.folder / "log").open("wb") as log:
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                self._record_with_a_gap()
                with self.client() as client:
                    client.add_user(NAME, Role.ADMINISTRATOR, None, PASSWORD)
                    client.add_user(GUEST, Role.VIEWER, ["yard"], PASSWORD)
                yield self
            finally:
                self._stop()

    def _record_with_a_gap(self) -> None:
        """Some segments, a while of silence, some segments."""
        wait_until(self._each_recorded, "two segments", START_S)
        self.cameras.control.do("silent", camera="front", seconds=5)
        before = self.closed("front")
        wait_until(lambda: self.closed("front") >= before + 2, "segments after the silence")

    def _each_recorded(self) -> bool:
        return self.closed("front") >= 2 and all(self.closed(name) for name in self.names)

    def _stop(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        finally:
            if self._process.poll() is None:
                os.kill(self._process.pid, signal.SIGKILL)
                self._process.wait()

    def client(self) -> AccountsClient:
        """May do everything."""
        return AccountsClient(self.url, token=read_local_token(self.folder / "data"))

    def segments(self, camera: str) -> list[Segment]:
        """The closed ones; none while it does not answer."""
        with self.client() as client, contextlib.suppress(ClientError):
            return [one for one in client.segments(camera) if one.state is SegmentState.CLOSED]
        return []

    def closed(self, camera: str) -> int:
        return len(self.segments(camera))

    def recording(self, camera: str) -> bool:
        with self.client() as client, contextlib.suppress(ClientError):
            found = {one.camera: one.recording for one in client.streams().streams}
            return found.get(camera) is RecordingPhase.RECORDING
        return False


class Visitor:
    """A page in the browser, and what its console said."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        language: str = "en",
        dark: bool = True,
        phone: bool = False,
        user: str | None = NAME,
    ) -> None:
        self.context = browser.new_context(
            base_url=url,
            locale=LANGUAGES[language],
            color_scheme="dark" if dark else "light",
            viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
            has_touch=phone,
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PAGE_TIMEOUT_MS)
        if user is not None:
            login = {"name": user, "password": PASSWORD}
            assert self.context.request.post("/api/v1/login", data=login).status == 200
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.refusals: set[int] = set()
        """Statuses of answers that the test is about: a browser tells of every request that was refused."""
        self._logs_in_by_hand = user is None
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def _listen(self, message: ConsoleMessage) -> None:
        # A browser tells of every request that was refused, also where that is an answer like any other: of a
        # WebSocket that is tried again, and of whoever is not logged in.
        statuses = self.refusals | ({401} if self._logs_in_by_hand else set())
        refused = any(f"status of {status}" in message.text for status in statuses)
        expected = message.text.startswith("WebSocket connection") or refused
        if message.type in ("error", "warning") and not expected:
            self.problems.append(f"{message.text} {message.location['url']}")

    def axe(self) -> list[str]:
        """What a checker of accessibility finds wrong with the page as it is."""
        self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate("axe.run()")
        return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found["violations"]]

    def close(self) -> None:
        self.context.close()
