"""Settings and cameras changed in a real browser: what the page says is what the file says then."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pydantic import BaseModel

from gstnvr.access.local_token import read_local_token
from gstnvr.config.explain import mark_of, section_in
from gstnvr.config.load import load
from gstnvr.config.settings import Settings
from tests.rig.ports import free_port
from tests.rig.waiting import wait_until
from tests.web.conftest import Visit
from tests.web.rig import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]


def settings_of(recorder: Recorder) -> Settings:
    return load(recorder.folder / "gstnvr.yaml").settings


def patch(recorder: Recorder, settings: dict[str, Any]) -> None:
    """What somebody else changes."""
    headers = {"authorization": f"Bearer {read_local_token(recorder.folder / 'data')}"}
    answer = httpx.patch(
        f"{recorder.url}/api/v1/settings",
        json={"settings": settings},
        headers=headers,
        timeout=60,
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture
def unchanged(recorder: Recorder) -> Iterator[None]:
    """The file is as it was, afterwards."""
    file = recorder.folder / "gstnvr.yaml"
    before = file.read_text()
    yield
    patch(recorder, {"log": None, "access": None, "schedules": None})
    file.write_text(before)


def row(page: Page, key: str) -> Locator:
    return page.locator(f'[data-key="{key}"]')


def field(page: Page, key: str) -> Locator:
    return page.get_by_label(key, exact=True)


def leaves(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Keys that are always on the page, as lists and what has names may be empty."""
    for name, one in model.model_fields.items():
        inner = section_in(one.annotation)
        if inner is None:
            yield f"{above}{name}"
        elif not mark_of(one):
            yield from leaves(inner, f"{above}{name}.")


def test_every_key_is_there_with_its_meaning(visit: Visit) -> None:
    page = visit(language="ko").page
    page.goto("/settings")
    expect(row(page, "session.latency_ms")).to_contain_text("수신 측 지터 버퍼의 길이입니다.")
    expect(row(page, "session.latency_ms")).to_contain_text("0에서 10000까지 · 기본값: 200")
    expect(row(page, "api.port")).to_contain_text("다시 시작한 뒤 적용")
    shown = set(page.locator("[data-key]").evaluate_all("rows => rows.map(row => row.dataset.key)"))
    assert set(leaves(Settings)) - shown == set()
    assert "storage.volumes[0].path" in shown


def test_keys_are_found_by_what_they_mean(visit: Visit) -> None:
    page = visit().page
    page.goto("/settings")
    page.get_by_label("Search keys and meanings").fill("jitter buffer")
    expect(page.locator("[data-key]")).to_have_count(1)
    expect(row(page, "session.latency_ms")).to_be_visible()
    page.get_by_label("Search keys and meanings").fill("nothing like that")
    expect(page.get_by_text("No key and no meaning has this text")).to_be_visible()


@pytest.mark.usefixtures("unchanged")
def test_a_value_is_saved_counts_and_goes_back_to_its_default(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    page.goto("/settings")
    field(page, "access.lockout_minutes").fill("0.05")
    field(page, "log.level").select_option("debug")
    expect(row(page, "log.level")).to_contain_text("not saved")
    expect(page.get_by_text("2 changes:")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert settings_of(recorder).log.level == "debug"
    assert settings_of(recorder).access.lockout_minutes == 0.05
    page.reload()
    expect(field(page, "access.lockout_minutes")).to_have_value("0.05")
    expect(row(page, "log.level")).to_contain_text("set here")
    page.get_by_role("button", name="Back to default log.level").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert "level" not in (recorder.folder / "gstnvr.yaml").read_text()


def test_what_is_wrong_is_told_at_its_place_and_nothing_is_lost(visit: Visit, recorder: Recorder) -> None:
    before = (recorder.folder / "gstnvr.yaml").read_text()
    visitor = visit()
    visitor.refusals.add(422)
    page = visitor.page
    page.goto("/settings")
    field(page, "recording.segment_s").fill("1")
    expect(row(page, "recording.segment_s")).to_contain_text("This must be from 2 to 3600")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    field(page, "recording.segment_s").fill("nonsense")
    expect(row(page, "recording.segment_s")).to_contain_text("This must be a number")
    page.get_by_role("button", name="Back to default recording.segment_s").click()
    field(page, "api.host").fill("nonsense")
    page.get_by_role("button", name="Save").click()
    expect(row(page, "api.host")).to_contain_text("must be an address such as 127.0.0.1")
    expect(row(page, "api.host")).to_contain_text(re.compile(r"gstnvr.yaml, line \d+"))
    expect(field(page, "api.host")).to_have_value("nonsense")
    assert visitor.axe() == []
    assert (recorder.folder / "gstnvr.yaml").read_text() == before


@pytest.mark.usefixtures("unchanged")
def test_two_who_change_the_settings_at_once_lose_nothing(visit: Visit, recorder: Recorder) -> None:
    visitor = visit()
    visitor.refusals.add(409)
    page = visitor.page
    page.goto("/settings")
    field(page, "access.login_attempts").fill("50")
    field(page, "access.session_days").fill("7")
    patch(recorder, {"access": {"login_attempts": 60, "session_idle_h": 5}})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Somebody else changed the settings meanwhile.")).to_be_visible()
    expect(field(page, "access.session_idle_h")).to_have_value("5")
    expect(field(page, "access.login_attempts")).to_have_value("50")
    expect(row(page, "access.login_attempts")).to_contain_text("Somebody else changed this meanwhile, to: 60")
    row(page, "access.login_attempts").get_by_role("button", name="Take that").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    found = settings_of(recorder).access
    assert (found.login_attempts, found.session_days, found.session_idle_h) == (60, 7, 5)


@pytest.mark.usefixtures("unchanged")
def test_sections_with_names_are_added(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    page.goto("/settings")
    page.get_by_label("Name of the new entry of schedules").fill("night")
    page.get_by_role("button", name="Add schedules").click()
    field(page, "schedules.night.hours.mon").fill("22:00-06:00\n12:00-13:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert settings_of(recorder).schedules["night"].hours.mon == ["22:00-06:00", "12:00-13:00"]


@pytest.mark.parametrize(
    ("language", "test", "why", "advice"),
    [
        ("en", "Test connection", "Connection refused", "nothing listens on this port"),
        ("ko", "연결 시험", "연결 거부됨", "포트를 바로잡거나"),
    ],
)
def test_a_camera_that_cannot_be_reached_is_told_exactly(
    visit: Visit, language: str, test: str, why: str, advice: str
) -> None:
    visitor = visit(language=language)
    page = visitor.page
    page.goto("/settings/cameras/new")
    page.get_by_label("주소" if language == "ko" else "Address").fill(f"rtsp://127.0.0.1:{free_port()}/live")
    page.get_by_role("button", name=test).click()
    result = page.locator("[data-result=refused]")
    expect(result).to_contain_text(why)
    expect(result).to_contain_text(advice)
    assert visitor.axe() == []


@pytest.mark.usefixtures("unchanged")
def test_another_disk_is_chosen_from_those_of_this_machine(visit: Visit, recorder: Recorder) -> None:
    visitor = visit()
    page = visitor.page
    disk = recorder.folder / "disk"
    disk.mkdir()

    with page.expect_response("**/api/v1/file-systems") as answered:
        page.goto("/welcome")
    found = answered.value.json()["file_systems"]

    def plug_in(route: Route) -> None:
        known = {"path": str(disk), "device": "/dev/sdz1", "kind": "ext4", "writable": True, "volumes": []}
        route.fulfill(json={"file_systems": [*found, {**known, "total_bytes": 2 * 10**12, "free_bytes": 10**12}]})

    page.route("**/api/v1/file-systems", plug_in)
    page.goto("/welcome")
    entry = page.get_by_role("listitem").filter(has_text="/dev/sdz1")
    expect(entry).to_contain_text("1.0 TB of 2.0 TB free")
    expect(page.get_by_role("listitem").filter(has_text="in use")).not_to_have_count(0)
    assert visitor.axe() == []
    entry.get_by_role("button", name=f"Record to {disk}, too").click()
    expect(entry).to_contain_text("in use")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    assert [volume.path for volume in settings_of(recorder).storage.volumes][1:] == [disk]
    expect(page.locator(".volume").filter(has_text=str(disk))).to_be_visible()
    page.unroute_all(behavior="wait")
    patch(recorder, {"storage": {"volumes": [{"path": str(recorder.volume)}]}})


def test_a_camera_comes_is_changed_and_goes(visit: Visit, recorder: Recorder) -> None:
    page = visit().page
    page.goto("/settings/cameras/new")
    address = recorder.cameras.url("yard").replace("rtsp://", "rtsp://kim:hunter2@")
    page.get_by_label("Address", exact=True).fill(address)
    page.get_by_label("Name", exact=True).fill("Tool shed")
    expect(page.get_by_label("User of the camera")).to_have_value("kim")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The camera answers and can be recorded.")).to_be_visible()
    page.get_by_role("button", name="Add camera").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tool shed")
    wait_until(lambda: recorder.closed("tool-shed") >= 1, "a segment of the new camera")
    assert "hunter2" not in (recorder.folder / "gstnvr.yaml").read_text()
    page.get_by_role("link", name="Settings", exact=True).last.click()
    _change(page, recorder)
    page.goto("/settings/cameras")
    listed = page.get_by_role("row").filter(has_text="tool-shed")
    listed.get_by_role("button", name="Switch off").click()
    expect(listed).to_contain_text("Switch on")
    assert not settings_of(recorder).cameras[2].enabled
    listed.get_by_role("button", name="Delete camera").click()
    dialog = page.get_by_role("dialog", name="Delete the camera Shed?")
    expect(dialog).to_contain_text("Its recordings stay until their time is over.")
    dialog.get_by_role("button", name="Cancel").click()
    assert len(settings_of(recorder).cameras) == 3
    listed.get_by_role("button", name="Delete camera").click()
    page.get_by_role("button", name="Delete the camera").click()
    expect(listed).to_have_count(0)
    assert [camera.id for camera in settings_of(recorder).cameras] == ["front", "yard"]
    assert recorder.closed("tool-shed") >= 1


def _change(page: Page, recorder: Recorder) -> None:
    """On the page of the camera's settings."""
    field(page, "cameras[2].name").fill("Shed")
    secret = field(page, "cameras[2].main.password_sealed")
    expect(secret).to_have_attribute("placeholder", "set; not shown")
    before = settings_of(recorder).cameras[2].main.password_sealed
    secret.fill("another one")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_text("The camera answers and can be recorded.")).to_be_visible()
    sub_stream = page.get_by_role("button", name=re.compile(r" cameras\[2\]\.sub$"))
    sub_stream.click()
    field(page, "cameras[2].sub.url").fill(f"rtsp://127.0.0.1:{free_port()}/sub")
    page.get_by_role("button", name="Test connection").nth(1).click()
    expect(page.locator("[data-result=refused]")).to_contain_text("Connection refused")
    sub_stream.click()
    expect(page.get_by_role("button", name="Test connection")).to_have_count(1)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved, and in force.")).to_be_visible()
    expect(secret).to_have_value("")
    camera = settings_of(recorder).cameras[2]
    assert camera.name == "Shed"
    assert camera.main.password_sealed not in (before, None)


def test_what_administrators_do_is_for_them_alone(visit: Visit) -> None:
    page = visit(user="guest").page
    for path in ("/settings", "/settings/cameras", "/cameras/yard/settings", "/welcome"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    expect(page.get_by_role("link", name="Settings")).to_have_count(0)
