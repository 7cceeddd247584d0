"""Users, their own accounts and the audit log in a real browser."""

import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from gstnvr.model.access import Role
from tests.web.conftest import Visit
from tests.web.rig import PASSWORD, Recorder, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

NEW_PASSWORD = "staple staple staple 2"


@pytest.fixture
def lee(recorder: Recorder) -> Iterator[str]:
    """A user of this test alone."""
    with recorder.client() as client:
        client.add_user("lee", Role.VIEWER, None, PASSWORD)
    yield "lee"
    with recorder.client() as client:
        if "lee" in [user.name for user in client.users()]:
            client.remove_user("lee")


def log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("User", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def may_log_in(recorder: Recorder, visitor: Visitor, name: str, password: str) -> bool:
    wanted = {"name": name, "password": password}
    return visitor.context.request.post("/api/v1/login", data=wanted).status == 200


def test_a_user_comes_changes_and_goes(visit: Visit, recorder: Recorder) -> None:
    visitor, other = visit(), visit(user=None)
    page = visitor.page
    page.goto("/settings/users")
    page.get_by_role("button", name="Add user").first.click()
    page.get_by_label("Name of the user").fill("Park")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Role", exact=True).select_option("operator")
    page.get_by_label("All cameras, also those that come later").first.uncheck()
    page.get_by_label("Yard").first.check()
    assert visitor.axe() == []
    page.get_by_role("button", name="Add user").last.click()
    row = page.get_by_role("row").filter(has_text="park")
    expect(row).to_contain_text("Operator")
    expect(row).to_contain_text("yard")
    assert may_log_in(recorder, other, "park", PASSWORD)
    row.get_by_role("button", name="Edit").click()
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_label("Role", exact=True).first.select_option("viewer")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Viewer")
    assert not may_log_in(recorder, other, "park", PASSWORD)
    assert may_log_in(recorder, other, "park", NEW_PASSWORD)
    row.get_by_role("button", name="Edit").click()
    page.get_by_label("May log in").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("disabled")
    assert not may_log_in(recorder, other, "park", NEW_PASSWORD)
    row.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Delete user").click()
    dialog = page.get_by_role("dialog", name="Delete the user park?")
    assert visitor.axe() == []
    dialog.get_by_role("button", name="Delete the user").click()
    expect(row).to_have_count(0)


def test_the_last_administrator_stays(visit: Visit) -> None:
    visitor = visit(language="ko")
    visitor.refusals.add(409)
    page = visitor.page
    page.goto("/settings/users")
    page.get_by_role("row").filter(has_text="관리자").get_by_role("button").click()
    page.get_by_label("로그인 허용").uncheck()
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_role("alert")).to_have_text("마지막 관리자입니다. 먼저 다른 관리자를 만드세요")


def test_an_app_and_recovery_codes(visit: Visit, lee: str) -> None:
    """Set up, used, spent: as somebody does who loses his telephone."""
    visitor = visit(user=None)
    visitor.refusals |= {403}
    page = visitor.page
    page.goto("/account")
    log_in(page, lee, PASSWORD)
    current = page.get_by_label("Current password").last
    current.fill("wrong wrong wrong")
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("alert")).to_have_text("The password is wrong")
    current.fill(PASSWORD)
    page.get_by_role("button", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    assert visitor.axe() == []
    totp = pyotp.TOTP(page.locator("[data-secret]").inner_text())
    page.get_by_label("Code of the app").fill(totp.at(time.time()))
    page.get_by_role("button", name="Confirm").click()
    codes = page.locator(".codes code")
    expect(codes).to_have_count(10)
    expect(page.get_by_text("10 recovery codes are left.")).to_be_visible()
    code = codes.first.inner_text()
    page.reload()
    expect(codes).to_have_count(0)
    for right in (True, False):
        page.get_by_text("Display", exact=True).click()
        page.get_by_role("button", name=re.compile("Log out lee")).click()
        log_in(page, lee, PASSWORD)
        page.get_by_label("One-time code").fill(code)
        page.get_by_role("button", name="Log in").click()
        if not right:
            break
        expect(page.get_by_text("9 recovery codes are left.")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_visible()


def test_the_own_password_ends_other_logins(visit: Visit, lee: str) -> None:
    here, there = visit(user=lee), visit(user=lee)
    there.refusals.add(401)
    here.page.goto("/account")
    there.page.goto("/account")
    expect(here.page.get_by_role("button", name="Log out", exact=True)).to_have_count(1)
    here.page.get_by_label("Current password").first.fill(PASSWORD)
    here.page.get_by_label("New password").fill(NEW_PASSWORD)
    here.page.get_by_label("Password once more").fill(NEW_PASSWORD)
    here.page.get_by_role("button", name="Change password").click()
    expect(here.page.get_by_text("The password was changed")).to_be_visible()
    expect(here.page.get_by_text("this browser")).to_be_visible()
    there.page.reload()
    expect(there.page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_login_elsewhere_is_ended(visit: Visit, lee: str) -> None:
    here, there = visit(user=lee), visit(user=lee)
    there.refusals.add(401)
    there.page.goto("/account")
    expect(there.page.get_by_role("heading", level=1)).to_have_text("My account")
    here.page.goto("/account")
    here.page.get_by_role("button", name="Log out", exact=True).click()
    expect(here.page.get_by_role("button", name="Log out", exact=True)).to_have_count(0)
    there.page.reload()
    expect(there.page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_token_is_shown_once_and_does_what_it_may(visit: Visit, recorder: Recorder, lee: str) -> None:
    visitor = visit(user=lee)
    page = visitor.page
    page.goto("/account")
    page.get_by_text("New token").click()
    page.get_by_label("What it is for").fill("wall display")
    page.get_by_role("button", name="Make token").click()
    token = page.locator(".shown-once code").inner_text()
    assert visitor.axe() == []
    headers = {"authorization": f"Bearer {token}"}
    assert visitor.context.request.get("/api/v1/streams", headers=headers).status == 200
    assert visitor.context.request.get("/api/v1/settings", headers=headers).status == 403
    page.reload()
    row = page.get_by_role("row").filter(has_text="wall display")
    expect(row).to_contain_text("Viewer")
    assert token not in page.content()
    row.get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    assert visitor.context.request.get("/api/v1/streams", headers=headers).status == 401


def test_the_audit_log_is_searched(visit: Visit, lee: str) -> None:
    assert visit(user=lee)
    page = visit(language="ko").page
    page.goto("/settings/audit")
    page.get_by_label("사용자", exact=True).fill(lee)
    page.get_by_label("한 일").select_option(label="로그인")
    rows = page.get_by_role("row").filter(has_text=lee)
    expect(rows).not_to_have_count(0)
    expect(rows.first).to_contain_text("127.0.0.1")
    expect(page.get_by_role("row").filter(has_text="kim")).to_have_count(0)
    page.get_by_label("한 일").select_option(label="인증 앱 등록")
    page.get_by_label("대상").fill("nobody")
    expect(page.get_by_text("해당하는 기록이 없습니다")).to_be_visible()
