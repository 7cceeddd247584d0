"""Logging in and out in a real browser, and what somebody sees who may not see everything."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gstnvr.api.web import STATIC
from tests.api.rig import World, running
from tests.web.conftest import Visit
from tests.web.rig import GUEST, NAME, PASSWORD, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]


def log_in(page: Page, password: str) -> None:
    page.get_by_label("User").fill(NAME)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_the_first_start_in_the_browser(browser: Browser, tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.index, running(world.app(web=STATIC)) as server:
        visitor = Visitor(browser, server.url, user=None)
        page = visitor.page
        page.goto("/cameras")
        expect(page.get_by_text("open the link that it printed")).to_be_visible()
        world.door.book.load()
        page.goto(f"/setup#secret={world.door.offer_setup()}")
        page.reload()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Password once more").fill(PASSWORD)
        page.get_by_role("button", name="Begin").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("First steps")
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text("There are 2 cameras.")).to_be_visible()
        page.get_by_role("link", name="Skip", exact=True).click()
        expect(page.get_by_role("heading", name="Yard")).to_be_visible()
        assert [user.name for user in world.accounts.users()] == ["admin"]
        visitor.close()
        assert visitor.problems == []


def test_nobody_sees_anything_before_the_login(visit: Visit) -> None:
    visitor = visit(user=None)
    page = visitor.page
    page.goto("/cameras/front")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert visitor.axe() == []
    log_in(page, "wrong horse battery")
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Front")
    page.get_by_text("Display").click()
    page.get_by_role("button", name=re.compile("Log out")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_viewer_sees_his_cameras_and_no_pages_that_are_not_for_him(visit: Visit) -> None:
    page = visit(user=GUEST).page
    page.goto("/cameras")
    expect(page.get_by_role("heading", name="Yard")).to_be_visible()
    expect(page.get_by_role("heading", name="Front")).to_have_count(0)
    expect(page.get_by_role("link", name="Storage")).to_have_count(0)
    page.goto("/about")
    expect(page.get_by_role("heading", name="Recorders")).to_have_count(0)
    page.goto("/cameras/yard")
    expect(page.get_by_role("heading", level=1)).to_have_text("Yard")
    expect(page.get_by_role("button", name=re.compile("^(Record|Stop)"))).to_have_count(0)
