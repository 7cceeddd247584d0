"""A real browser."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUM = "/usr/bin/chromium"


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Chromium without a window; not within a running loop.

    Keep it for a module at the most: as long as it is there its loop runs in this thread, and tests of others
    cannot have one of their own.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield browser
        browser.close()
