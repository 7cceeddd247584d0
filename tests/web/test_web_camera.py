"""The page of a camera: countdown to the next attempt, figures of the last minutes, what is missing by day."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.rig.waiting import wait_until
from tests.web.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

_COUNTED = """() => {
  const shown = document.querySelector(".countdown strong")?.textContent.match(/[0-9]+/);
  window.counted ??= [];
  if (shown && window.counted.at(-1) !== Number(shown[0])) window.counted.push(Number(shown[0]));
  return window.counted.length >= 4;
}"""


class Away:
    """Answers of the server in which a camera is away, and tried again at one moment."""

    def __init__(self, wait_s: float) -> None:
        self._wait = timedelta(seconds=wait_s)
        self._next: datetime | None = None

    def answer(self, route: Route) -> None:
        answer = route.fetch()
        found: dict[str, Any] = answer.json()
        now = datetime.fromisoformat(found["time"])
        self._next = self._next or now + self._wait
        for stream in found["streams"]:
            stream.update(state="reconnecting", phase="backing_off", next_retry=self._next.isoformat())
        route.fulfill(response=answer, json=found)


def without_news_of_streams(browser: WebSocketRoute) -> None:
    """What is told while it happens, but that the camera is there."""
    server = browser.connect_to_server()

    def hand_on(message: str | bytes) -> None:
        if json.loads(message)["type"] != "stream":
            browser.send(message)

    server.on_message(hand_on)


def test_the_next_attempt_is_counted_down_second_by_second(visit: Visit) -> None:
    page = visit().page
    page.route("**/api/v1/streams", Away(20).answer)
    page.route_web_socket("**/api/v1/events", without_news_of_streams)
    page.goto("/cameras/yard")
    page.wait_for_function(_COUNTED, polling=50)
    counted = page.evaluate("window.counted")
    assert counted == list(range(counted[0], counted[0] - len(counted), -1))
    expect(page.get_by_text(re.compile(r"Reconnecting · next attempt in \d+ s"))).to_be_visible()


def test_figures_of_the_last_minutes_are_there_at_once(visit: Visit) -> None:
    visitor = visit()

    def kept() -> int:
        return len(visitor.context.request.get("/api/v1/cameras/yard/statistics").json()["samples"])

    wait_until(lambda: kept() >= 8, "eight samples")
    page = visitor.page
    page.goto("/cameras/yard")
    figure = page.get_by_role("figure", name="Frames a second")
    expect(figure).to_contain_text(re.compile(r"\d+\.\d to \d+\.\d"))
    expect(figure.locator("path")).to_have_attribute("d", re.compile(r"^([ML][^ML]+){7,}"))
    figure.locator("svg").hover(position={"x": 1, "y": 20})
    expect(figure).to_contain_text(re.compile(r"\d\d:\d\d:\d\d"))


def test_what_is_missing_is_told_by_cause_and_by_day(visit: Visit) -> None:
    page = visit().page
    page.goto("/cameras/front")
    missing = page.locator("section").filter(has=page.get_by_role("heading", name="Missing", exact=True))
    expect(missing).to_contain_text(re.compile(r"Network.*in \d+ gaps?"))
    missing.get_by_label("Span").select_option("30")
    expect(missing.locator(".columns rect.part")).to_have_count(31)
    missing.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recordings")
