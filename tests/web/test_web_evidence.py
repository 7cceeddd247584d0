"""Marking a range on the time line, and exporting, protecting and deleting what lies in it."""

import re
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect

from gstnvr.cli.main import main as gstnvr
from tests.rig.waiting import wait_until
from tests.web.conftest import Visit
from tests.web.rig import GUEST, Recorder, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]


def local(page: Page, moment: datetime) -> str:
    """A moment as an input for day and time has it, in the zone of the server."""
    zone = ZoneInfo(page.request.get("/api/v1/server").json()["zone"])
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")


def address(camera: str, moment: datetime) -> str:
    return f"/recordings/{camera}?t={moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"


def marked(visitor: Visitor, camera: str, begin: datetime, end: datetime) -> Page:
    """A page on which a range is marked."""
    page = visitor.page
    page.goto(address(camera, begin))
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    page.keyboard.press("i")
    for label, moment in (("Begin", begin), ("End", end)):
        field = page.get_by_label(label, exact=True)
        field.fill(local(page, moment))
        field.press("Enter")
    expect(page.get_by_role("button", name="Export…")).to_be_visible()
    return page


def mark(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=f"{name} of the marked range")


def second(handle: Locator) -> float:
    return float(handle.get_attribute("aria-valuenow") or "nan")


def test_a_range_is_marked_with_keys_and_handles_and_tells_what_lies_in_it(
    visit: Visit, recorder: Recorder
) -> None:
    first, *_, last = recorder.segments("front")
    page = marked(visit(), "front", first.start, last.end)
    for _ in range(7):
        page.get_by_role("button", name="Zoom in").click()
    begin = mark(page, "Begin")
    before = second(begin)
    begin.press("ArrowRight")
    begin.press("ArrowRight")
    assert second(begin) == before + 2
    box = begin.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    by = 40 if middle < 640 else -40  # towards where the part of the day that is shown goes on
    page.mouse.move(middle, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(middle + by, box["y"] + 30, steps=4)
    page.mouse.up()
    assert 1 < (second(begin) - before - 2) * by / 40 < 10
    page.mouse.move(middle, box["y"] + 30)
    panel = page.locator("section", has=page.get_by_role("heading", name="Marked range"))
    expect(panel.get_by_text(re.compile(r"^\d.* [kM]B$"))).to_be_visible()
    expect(panel.get_by_role("region", name="What is missing in the range")).to_contain_text("Network")
    page.get_by_role("slider", name="Time line of the day").focus()
    page.keyboard.press("o")
    shown = page.locator(".playback .picture").get_attribute("data-time")
    assert second(mark(page, "End")) == round(float(shown or "nan")) / 1000
    page.get_by_role("button", name="Remove the marks").click()
    expect(begin).to_have_count(0)


def test_an_export_is_ordered_followed_downloaded_verified_and_deleted(
    visit: Visit, recorder: Recorder, tmp_path: Path
) -> None:
    first, second_one, *_ = recorder.segments("front")
    visitor = visit()
    page = marked(visitor, "front", first.start, second_one.end)
    page.get_by_role("checkbox", name="Yard").check()
    page.get_by_role("button", name="Export…").click()
    dialog = page.get_by_role("dialog", name="Export the marked range")
    assert visitor.axe() == []
    dialog.get_by_label("Reason").fill("theft, case 4711")
    dialog.get_by_role("button", name="Export", exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text("It goes on when you leave this page")
    page.goto("/cameras")
    page.get_by_role("link", name="Exports").click()
    card = page.get_by_role("article").filter(has_text="theft, case 4711")
    expect(card).to_contain_text("Front, Yard")
    with page.expect_download() as waiting:
        card.get_by_role("link", name=re.compile("Download all")).click()
    archive = tmp_path / "export.zip"
    waiting.value.save_as(archive)
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path)
    (folder,) = tmp_path.glob("export_*")
    assert len(list(folder.glob("*.mp4"))) >= 2
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(gstnvr(["verify", str(folder)]))
    assert not ended.value.code
    card.get_by_text(re.compile(r"^\d+ files$")).click()
    with page.expect_download() as waiting:
        card.get_by_role("link", name="manifest.sig").click()
    assert Path(waiting.value.path()).read_bytes() == (folder / "manifest.sig").read_bytes()
    card.get_by_role("button", name="Verify").click()
    expect(card).to_contain_text("Nothing was changed since it was signed")
    assert visitor.axe() == []
    page.once("dialog", lambda question: question.accept())
    card.get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)


def test_a_range_is_protected_shown_and_released(visit: Visit, recorder: Recorder) -> None:
    first, *_ = recorder.segments("yard")
    visitor = visit()
    page = marked(visitor, "yard", first.start, first.end)
    page.get_by_role("button", name="Protect…").click()
    dialog = page.get_by_role("dialog", name="Protect the marked range")
    dialog.get_by_role("button", name="Protect", exact=True).click()
    expect(dialog, "without a reason nothing is protected").to_be_visible()
    dialog.get_by_label("Reason").fill("somebody at the fence")
    dialog.get_by_role("button", name="Protect", exact=True).click()
    expect(dialog).to_have_count(0)
    band = page.get_by_title("Protected by kim: somebody at the fence")
    expect(band).to_be_visible()
    assert visitor.axe() == []
    page.get_by_role("link", name="Exports").click()
    row = page.get_by_role("row").filter(has_text="somebody at the fence")
    row.get_by_role("button", name=re.compile("Release Yard")).click()
    dialog = page.get_by_role("dialog", name="Release this range?")
    dialog.get_by_label("Reason").fill("case closed")
    dialog.get_by_role("button", name="Release", exact=True).click()
    expect(row).to_have_count(0)
    with recorder.client() as client:
        lines = [(line.action, line.user) for line in client.audit()]
    assert ("protect", "kim") in lines
    assert ("release", "kim") in lines


def test_a_marked_range_is_deleted_after_a_question(visit: Visit, recorder: Recorder) -> None:
    wait_until(lambda: recorder.closed("yard") >= 4, "segments of the yard")
    doomed = recorder.segments("yard")[-2]
    visitor = visit()
    page = marked(visitor, "yard", doomed.start, doomed.end + timedelta(seconds=1))
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete recordings for good?")
    expect(dialog).to_contain_text(re.compile(r"\d.* s of Yard will be deleted"))
    assert visitor.axe() == []
    dialog.get_by_label("Reason").fill("recorded by mistake")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog).to_contain_text(re.compile(r"1 of 1 files deleted"))
    assert doomed.path not in {one.path for one in recorder.segments("yard")}
    with recorder.client() as client:
        lines = [line for line in client.audit() if line.detail.get("reason") == "recorded by mistake"]
    assert {line.user for line in lines} == {"kim"}
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Exports").click()
    expect(page.get_by_role("heading", name="Deletions")).to_be_visible()


def test_a_marked_range_on_a_phone_in_korean(visit: Visit, recorder: Recorder) -> None:
    first, *_ = recorder.segments("front")
    visitor = visit(language="ko", dark=False, phone=True)
    page = visitor.page
    page.goto(address("front", first.start))
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    page.get_by_role("button", name="여기서 시작").tap()
    for _ in range(2):
        page.get_by_role("button", name="10초 앞으로").tap()
    page.wait_for_function(
        "begin => Number(document.querySelector('.playback .picture').dataset.time) > begin",
        arg=first.start.timestamp() * 1000 + 5000,
    )
    page.get_by_role("button", name="여기서 끝").tap()
    expect(page.get_by_role("button", name="내보내기…")).to_be_visible()
    assert visitor.axe() == []
    page.get_by_role("button", name="내보내기…").tap()
    expect(page.get_by_role("dialog", name="선택 구간 내보내기")).to_be_visible()
    assert visitor.axe() == []
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]


def test_a_viewer_can_neither_mark_nor_export(visit: Visit, recorder: Recorder) -> None:
    page = visit(user=GUEST).page
    page.goto("/recordings/yard")
    page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
    page.keyboard.press("i")
    expect(page.get_by_role("heading", name="Marked range")).to_have_count(0)
    expect(mark(page, "Begin")).to_have_count(0)
    expect(page.get_by_role("link", name="Exports")).to_have_count(0)
