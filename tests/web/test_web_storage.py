"""The page of storage when not all is well: promises that will be broken, copies that wait, disks that fail."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Visit
from tests.web.rig import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]

BREACH = {"at": "2026-12-03T08:00:00.000Z", "days_kept": 4.5, "why": "free_space"}
STORAGE: dict[str, Any] = {
    "time": "2026-11-21T12:00:00.000Z",
    "forecast_time": "2026-11-21T12:00:00.000Z",
    "forecast_until": "2026-12-21T12:00:00.000Z",
    "volumes": [
        {
            "volume": "0b2d6f6e-58a2-4a5e-9d57-1f0c7c7a2a11",
            "path": "/srv/video",
            "usable": True,
            "tier": "hot",
            "waiting_bytes": 0,
            "recordings_bytes": 600_000_000_000,
            "total_bytes": 1_000_000_000_000,
            "free_bytes": 60_000_000_000,
            "floor_bytes": 50_000_000_000,
            "resume_bytes": 60_000_000_000,
            "max_size_bytes": None,
            "making_room": False,
            "full_at": "2026-11-23T12:00:00.000Z",
        }
    ],
    "cameras": [
        {
            "camera": "yard",
            "configured": True,
            "bytes": 600_000_000_000,
            "oldest": "2026-11-01T00:00:00.000Z",
            "bytes_per_hour": 1_800_000_000,
            "days": 30,
            "min_days": 7,
            "max_size_bytes": None,
            "days_breach": BREACH | {"at": "2026-11-23T12:00:00.000Z", "days_kept": 12},
            "min_days_breach": BREACH,
        }
    ],
}
PLAN: dict[str, Any] = {
    "time": "2026-11-21T12:00:00.000Z",
    "until": "2026-11-28T12:00:00.000Z",
    "deletions": [
        {
            "at": "2026-11-23T12:00:00.000Z",
            "camera": "yard",
            "volume": "0b2d6f6e-58a2-4a5e-9d57-1f0c7c7a2a11",
            "path": "/srv/video",
            "why": "free_space",
            "breaks": "days",
            "start": "2026-11-01T00:00:00.000Z",
            "end": "2026-11-01T18:00:00.000Z",
            "bytes": 32_000_000_000,
        }
    ],
    "moves": [],
}
COPIES: dict[str, Any] = {
    "places": [
        {
            "name": "attic",
            "kind": "sftp",
            "problem": "attic.example does not answer",
            "waits_for_window": False,
            "under_way": None,
            "rate_bytes_per_s": 0.0,
            "waiting": 12,
            "waiting_bytes": 240_000_000,
            "oldest_waiting": "2026-11-21T09:00:00.000Z",
            "done": 400,
            "lost": 0,
            "last_error": None,
        }
    ]
}
DISKS: dict[str, Any] = {
    "unwatched": None,
    "disks": [
        {
            "name": "sda",
            "folders": ["/srv/video"],
            "state": "read",
            "detail": "",
            "read_at": "2026-11-21T11:55:00.000Z",
            "model": "WDC WD40PURX",
            "serial": "WD-1",
            "passed": False,
            "temperature_c": 38,
            "power_on_hours": 41000,
            "reallocated": 24,
            "pending": 3,
            "uncorrectable": 1,
            "media_errors": None,
            "wear_percent": None,
            "problems": [{"reason": "disk_failing", "severity": "HIGH", "message": "sda says that it fails"}],
        }
    ],
    "arrays": [
        {
            "name": "md0",
            "level": "raid1",
            "folders": ["/srv/video"],
            "members": ["sda1", "sdb1"],
            "failed": ["sdb1"],
            "wanted": 2,
            "working": 1,
            "action": "recovery",
            "percent": 41.5,
            "finish_s": 3600.0,
            "problem": {"reason": "raid_degraded", "severity": "HIGH", "message": "md0 has lost a disk"},
        }
    ],
}
TOLD = {
    "en": [
        "Promises that will not be kept",
        "7 days (at least)",
        "30 days (if there is room)",
        "4.5 days",
        "Lack of room",
        "breaks a promise",
        "Nothing can be copied now",
        "12 segments wait (240 MB)",
        "Sectors that cannot be read",
        "Needs attention",
        "Failed: sdb1",
        "A disk is being filled",
        "ready in 1 h",
    ],
    "ko": [
        "지킬 수 없는 보관 목표",
        "7일 (최소 보장)",
        "30일 (공간이 있을 때)",
        "4.5일",
        "공간 부족",
        "보관 목표 미달",
        "지금 복사할 수 없음",
        "세그먼트 12개 대기 중 (240 MB)",
        "읽을 수 없는 섹터",
        "점검 필요",
        "고장: sdb1",
        "디스크 복구 중",
        "1시간 뒤 완료",
    ],
}


def answered(page: Page) -> None:
    """Have the server tell of a storage that needs somebody."""
    for path, found in (("storage", STORAGE), ("storage/plan?*", PLAN), ("copies", COPIES), ("disks", DISKS)):
        page.route(f"**/api/v1/{path}", lambda route, found=found: route.fulfill(json=found))


def shown(visit: Visit, language: str) -> Visitor:
    visitor = visit(language=language)
    answered(visitor.page)
    visitor.page.goto("/storage")
    return visitor


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_needs_somebody_is_told(visit: Visit, language: str) -> None:
    visitor = shown(visit, language)
    for text in TOLD[language]:
        expect(visitor.page.locator("main")).to_contain_text(text)
    assert visitor.axe() == []


def test_the_soonest_broken_promise_comes_first_with_its_reason(visit: Visit) -> None:
    page = shown(visit, "en").page
    rows = page.get_by_role("region", name="Promises that will not be kept").get_by_role("row")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("30 days")
    expect(rows.nth(1)).to_contain_text("23 Nov 2026")
    expect(rows.nth(2)).to_contain_text("3 Dec 2026")
    going = page.get_by_role("region", name="What goes in the next 7 days").get_by_role("row").nth(1)
    for text in ("Yard", "1 Nov 2026", "/srv/video", "32.0 GB", "Lack of room"):
        expect(going).to_contain_text(text)
