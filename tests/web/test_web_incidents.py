"""Incidents in the browser: chosen by kind and time, each with its gap and its log, saved as a table."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Visit
from tests.web.rig import Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]


def one_of(visit: Visit, recorder: Recorder, language: str = "en") -> Page:
    """The page of the first incident of the camera that was silent."""
    with recorder.client() as client:
        uid = client.incidents("front")[-1].id
    page = visit(language=language).page
    page.goto(f"/incidents/{uid}")
    return page


def test_incidents_are_chosen_by_kind_and_time(visit: Visit) -> None:
    page = visit().page
    page.goto("/incidents?camera=front")
    rows = page.get_by_role("row").filter(has_text="Pictures stopped")
    expect(rows.first).to_be_visible()
    page.get_by_label("Type").select_option("DISK_FULL")
    expect(page.get_by_text("No incidents in this span")).to_be_visible()
    expect(page.locator(".tiles").get_by_text("incidents")).to_be_visible()
    page.get_by_label("Type").select_option("RTSP_NETWORK")
    expect(rows.first).to_be_visible()
    page.get_by_label("Span").select_option("")
    page.get_by_label("To").fill("2020-01-01T00:00:00")
    page.get_by_label("From").fill("2019-12-01T00:00:00")
    expect(page.get_by_text("No incidents in this span")).to_be_visible()


def test_one_incident_leads_to_its_gap_and_its_log(visit: Visit, recorder: Recorder) -> None:
    page = one_of(visit, recorder)
    gaps = page.get_by_role("region", name="What is missing for it")
    expect(gaps.get_by_role("row").nth(1)).to_contain_text("Network")
    expect(page.get_by_text(re.compile(r"\d.* in all"))).to_be_visible()
    page.get_by_role("link", name="Log of that time").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Logs")
    expect(page.locator(".log-moment")).to_have_text("The incident was noticed here")
    warning = page.locator(".log li[data-level=warning]").filter(has_text="sends no video")
    expect(warning.first).to_be_visible()
    expect(page.get_by_label("Camera")).to_have_value("front")
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")


def test_one_incident_in_korean(visit: Visit, recorder: Recorder) -> None:
    page = one_of(visit, recorder, "ko")
    expect(page.get_by_role("heading", level=1)).to_have_text("장애 상세")
    page.get_by_role("link", name="당시 녹화 영상").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("녹화 영상")


def test_incidents_are_saved_as_a_table(visit: Visit) -> None:
    page = visit().page
    page.goto("/incidents?camera=front")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save as CSV").click()
    assert saving.value.suggested_filename == "gstnvr-incidents.csv"
    with saving.value.path().open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert {row["camera"] for row in rows} == {"front"}
    assert "video_stalled" in {row["reason"] for row in rows}
