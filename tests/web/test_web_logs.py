"""The page of logs: searched, followed, copied, and opened around an incident."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from gstnvr.model.clock import NS_PER_MS, NS_PER_S, UtcNs, format_utc
from tests.web.conftest import Visit
from tests.web.rig import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

PROCESS = "visitor"


class Log:
    """A log file of a process that there is not, beside the others."""

    def __init__(self, recorder: Recorder, process: str = PROCESS) -> None:
        self.process = process
        self.path: Path = recorder.folder / f"data/logs/{process}.log"
        self.begun = UtcNs(time.time_ns() // NS_PER_MS * NS_PER_MS - 60 * NS_PER_S)

    def write(self, second: float, text: str, level: str = "INFO", camera: str = "") -> str:
        """A line of a moment of its last minute, as it stands in the file."""
        moment = format_utc(UtcNs(self.begun + round(second * 1000) * NS_PER_MS))
        line = f"{moment} {level} {self.process} gstnvr.visit{camera and ' ' + camera}: {text}"
        with self.path.open("a") as file:
            file.write(line + "\n")
        return line


@pytest.fixture
def log(recorder: Recorder) -> Iterator[Log]:
    log = Log(recorder)
    yield log
    log.path.unlink()


def lines(page: Page) -> Locator:
    return page.locator(".log li[data-level]")


def test_lines_are_found_by_what_they_are(visit: Visit, log: Log) -> None:
    log.write(1, "a guest arrives")
    log.write(2, "the gate does not open", "ERROR", "gate/main")
    log.write(3, "another guest at the yard", "WARNING", "yard/main")
    page = visit().page
    page.goto("/logs")
    page.get_by_label("Process").select_option(PROCESS)
    expect(lines(page)).to_have_count(3)
    expect(lines(page).first).to_contain_text("another guest at the yard")
    page.get_by_label("Search").fill("GUEST")
    expect(lines(page)).to_have_count(2)
    expect(page.locator(".log mark").first).to_have_text("guest")
    page.get_by_label("At least").select_option("warning")
    expect(lines(page)).to_have_count(1)
    page.get_by_label("Search").fill("")
    expect(lines(page)).to_have_count(2)
    page.get_by_label("Camera").select_option("yard")
    expect(lines(page)).to_have_text([re.compile("another guest")])
    page.reload()
    expect(lines(page)).to_have_text([re.compile("another guest")])
    page.get_by_label("Search").fill("nobody")
    expect(page.get_by_text("No line is like this")).to_be_visible()


@pytest.fixture
def another_log(recorder: Recorder) -> Iterator[Log]:
    log = Log(recorder, "another-visitor")
    yield log
    log.path.unlink()


def test_what_is_logged_now_appears_by_itself_in_its_place(visit: Visit, log: Log, another_log: Log) -> None:
    log.write(1, "first")
    page = visit().page
    page.goto("/logs?text=gstnvr.visit")
    expect(lines(page)).to_have_count(1)
    log.write(30, "third")
    expect(lines(page)).to_have_text([re.compile("third"), re.compile("first")])
    another_log.write(29, "second, late")
    expect(lines(page)).to_have_text([re.compile("third"), re.compile("second, late"), re.compile("first")])
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")


def test_long_logs_are_read_page_by_page(visit: Visit, log: Log) -> None:
    for number in range(700):
        log.write(number / 20, f"number {number}")
    page = visit().page
    page.goto(f"/logs?process={PROCESS}")
    expect(page.get_by_text("300 lines and more")).to_be_visible()
    page.get_by_role("button", name="Older lines").click()
    expect(page.get_by_text("600 lines and more")).to_be_visible()
    page.get_by_role("button", name="Older lines").click()
    expect(lines(page)).to_have_count(700)
    expect(lines(page).nth(699)).to_contain_text("number 0")
    expect(page.get_by_role("button", name="Older lines")).to_have_count(0)


def test_lines_are_copied_as_they_stand_in_the_file(visit: Visit, log: Log) -> None:
    first = log.write(1, f"long {'x' * 3000} end")
    second = log.write(2, "short")
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.page
    page.goto(f"/logs?process={PROCESS}")
    row = lines(page).nth(1)
    expect(row).not_to_contain_text("end")
    row.get_by_role("button", name=re.compile("Whole line")).click()
    expect(row).to_contain_text("end")
    row.get_by_role("button", name=re.compile("Copy the line")).click()
    expect(page.get_by_text("1 line copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{first}\n"
    page.get_by_role("button", name="Copy these lines").click()
    expect(page.get_by_text("2 lines copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{second}\n{first}\n"


def test_nobody_but_administrators_is_shown_the_way(visit: Visit) -> None:
    page = visit(user="guest").page
    page.goto("/cameras")
    expect(page.get_by_role("link", name="Incidents")).to_be_visible()
    expect(page.get_by_role("link", name="Logs")).to_have_count(0)
