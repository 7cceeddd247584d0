"""A real gstnvr for live pictures: cameras with sub streams, supervisor and recorders that can be killed."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from gstnvr.access.local_token import read_local_token
from gstnvr.client.accounts import AccountsClient
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.access import Role
from gstnvr.model.ids import StreamKind
from gstnvr.model.stream_state import StreamState
from tests.web.rig import NAME, PASSWORD

_MOVES = """async where => {
  const video = document.querySelector(where)?.querySelector("video:not([hidden])") ?? null;
  const seen = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [64, 36];
    canvas.getContext("2d").drawImage(video, 0, 0, 64, 36);
    return canvas.toDataURL();
  };
  if (video === null || video.readyState < 2) return false;
  const before = seen();
  await new Promise((done) => setTimeout(done, 400));
  return seen() !== before;
}"""


class LiveRecorder:
    """``gstnvr run`` with ``front``, ``yard`` with a sub stream, and ``gate`` with one beside H.265."""

    def __init__(self, folder: Path) -> None:
        self.cameras = SimulatedCameras(
            {
                "front": "pattern:360p25:h264:aac",
                "yard": "pattern:360p10:h264",
                "yard/sub": "pattern:180p10:h264",
                "gate": "pattern:180p10:h265",
                "gate/sub": "pattern:180p10:h264",
            }
        )
        self._folder = folder
        self.product: Product

    @contextlib.contextmanager
    def running(self) -> Iterator["LiveRecorder"]:
        with self.cameras:
            names = ("front", "yard", "gate")
            self.product = Product(
                self._folder, {name: self.cameras.url(name) for name in names}, {"recorder": {"sub_linger_s": 2}}
            )
            for name in ("yard", "gate"):
                self.product.settings.cameras[name]["sub"] = {"url": self.cameras.url(f"{name}/sub")}
            self.product.write_settings()
            with self.product as product:
                product.wait_until_recording()
                with AccountsClient(product.address, token=read_local_token(product.data_dir)) as client:
                    client.add_user(NAME, Role.ADMINISTRATOR, None, PASSWORD)
                yield self

    def state(self, camera: str, kind: StreamKind) -> StreamState:
        """As the API tells it."""
        with self.product.client() as client:
            return next(
                one.state for one in client.streams().streams if (one.camera, one.stream) == (camera, kind)
            )

    @property
    def url(self) -> str:
        return self.product.address


def wait_until_it_moves(page: Page, where: str) -> None:
    """The picture in the element that a selector names is another one after a while."""
    page.wait_for_function(_MOVES, arg=where)
