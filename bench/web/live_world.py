"""A gstnvr with simulated cameras whose pictures say when they were sent, and pages of their viewers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize

from bench.errors import BenchError
from bench.web.clock_clip import Size, clock_clip
from gstnvr.access.local_token import read_local_token
from gstnvr.api.web import STATIC
from gstnvr.client.accounts import AccountsClient
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.access import Role

WITHIN_MS = 60_000
_NAME, _PASSWORD = "viewer", "correct horse battery"
_VIEWPORT: ViewportSize = {"width": 1600, "height": 1250}
_NO_WEBRTC = "delete window.RTCPeerConnection"
_LONG_TASKS = """
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: "longtask", buffered: true });"""


class LiveWorld:
    """Runs for the length of ``running``."""

    def __init__(self, product: Product, cameras: SimulatedCameras) -> None:
        self.product = product
        self.cameras = cameras

    @contextmanager
    def page(self, browser: Browser, way: str) -> Iterator[Page]:
        """A page of somebody who is logged in, to whom pictures come this way: ``webrtc`` or ``mse``."""
        context = browser.new_context(base_url=self.product.address, locale="en-GB", viewport=_VIEWPORT)
        context.set_default_timeout(WITHIN_MS)
        context.add_init_script(_LONG_TASKS)
        if way == "mse":
            context.add_init_script(_NO_WEBRTC)
        login = {"name": _NAME, "password": _PASSWORD}
        if context.request.post("/api/v1/login", data=login).status != 200:
            raise BenchError("the viewer could not log in")
        try:
            yield context.new_page()
        finally:
            context.close()


@contextmanager
def running(folder: Path, count: int, main: Size, sub: Size | None) -> Iterator[LiveWorld]:
    """So many cameras, all of which are recorded.

    Args:
        folder: empty.
        sub: of their sub streams; None: they have none.

    Raises:
        BenchError: something that is needed is not there.
    """
    if not (STATIC / "index.html").exists():
        raise BenchError("the web client is not built: run scripts/web")
    names = [f"cam{number:02}" for number in range(count)]
    sources = {name: f"minute:{clock_clip(main)}" for name in names}
    if sub is not None:
        sources |= {f"{name}/sub": f"minute:{clock_clip(sub)}" for name in names}
    with SimulatedCameras(sources) as cameras:
        product = Product(folder, {name: cameras.url(name) for name in names})
        if sub is not None:
            for name in names:
                product.settings.cameras[name]["sub"] = {"url": cameras.url(f"{name}/sub")}
            product.write_settings()
        with product:
            product.wait_until_recording()
            with AccountsClient(product.address, token=read_local_token(product.data_dir)) as client:
                client.add_user(_NAME, Role.ADMINISTRATOR, None, _PASSWORD)
            yield LiveWorld(product, cameras)
