"""Pictures of every page for the guide: ``python -m tests.web.screenshots [page ...]``, without names all of them.

To show another page, add it to ``PAGES``; its picture is then ``docs/guide/pictures/<language>/<name>.webp``.
"""

import base64
import json
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.repository.lints import ROOT
from tests.rig.browser import running_browser
from tests.rig.waiting import wait_until
from tests.web.rig import LANGUAGES, NAME, Recorder, Visitor

_ON_ITS_WAY = re.compile("Loading…|불러오는 중…|Checking; |점검 중입니다")

PICTURES = ROOT / "docs/guide/pictures"
MOST_BYTES = 120_000
WIDTH, HEIGHT = 1280, 800
QUALITIES = (0.92, 0.85, 0.75, 0.6, 0.4)
CAMERAS = {
    "front": {"en": "Front door", "ko": "현관"},
    "yard": {"en": "Yard", "ko": "마당"},
    "gate": {"en": "Gate", "ko": "정문"},
    "parking": {"en": "Parking", "ko": "주차장"},
}
SOURCE = "pattern:360p10"

_PACK = """async ([png, quality]) => {
  const picture = new Image();
  picture.src = `data:image/png;base64,${png}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
_VIDEOS_SHOW = """least => {
  const shown = [...document.querySelectorAll("video")].filter((video) => video.readyState >= 2);
  return shown.length >= least;
}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that is shown in the guide."""

    name: str
    path: str
    """``{incident}`` stands for one of the front door."""
    wait_for: str
    """CSS selector of what must be there."""
    videos: int = 0
    """So many must show something."""
    user: str | None = NAME
    click: str | None = None
    """CSS selector of what is clicked first."""


PAGES: Sequence[Shown] = (
    Shown("login", "/", "input[type=password]", user=None),
    Shown("cameras", "/cameras", ".tile .badge[data-tone=record]", videos=len(CAMERAS)),
    Shown("camera", "/cameras/front", ".plot path[d*=L]", videos=1),
    Shown("recordings", "/recordings/front?t={moment}", "[data-what=recorded]", videos=1),
    Shown("exports", "/exports", "main .card, main table"),
    Shown("incidents", "/incidents", ".bars rect"),
    Shown("incident", "/incidents/{incident}", "table"),
    Shown("storage", "/storage", ".volume .meter"),
    Shown("logs", "/logs", ".log li[data-level]"),
    Shown("diagnostics", "/diagnostics", ".checks li"),
    Shown("settings", "/settings", ".settings-section .setting"),
    Shown("settings-cameras", "/settings/cameras", "main table, main .card"),
    Shown("settings-camera", "/cameras/front/settings", ".settings-section .setting"),
    Shown("welcome", "/welcome", ".volume .meter"),
    Shown("users", "/settings/users", "main table, main .card"),
    Shown("audit", "/settings/audit", "main table, main .card"),
    Shown("account", "/account", "main .card"),
    Shown("about", "/about", ".badge"),
)


def main(names: Sequence[str]) -> int:
    """Take them anew; the exit code."""
    unknown = set(names) - {page.name for page in PAGES}
    if unknown:
        sys.stderr.write(f"no such pages: {', '.join(sorted(unknown))}\n")
        return 2
    wanted = [page for page in PAGES if not names or page.name in names]
    with tempfile.TemporaryDirectory(prefix="gstnvr-pictures-") as folder:
        recorder = Recorder(Path(folder), sources=dict.fromkeys(CAMERAS, SOURCE))
        with recorder.running(), running_browser() as browser:
            for language in LANGUAGES:
                _name_cameras(recorder, language)
                for page in wanted:
                    _take(browser, recorder, page, language)
    return 0


def _name_cameras(recorder: Recorder, language: str) -> None:
    text = recorder.config.read_text()
    for mount, names in CAMERAS.items():
        for former in (mount.title(), *names.values()):
            text = text.replace(f"name: {former},", f"name: {names[language]},")
    fresh = recorder.config.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(recorder.config)
    wanted = {names[language] for names in CAMERAS.values()}

    def named() -> bool:
        with recorder.client() as client:
            return {stream.camera_name for stream in client.streams().streams} == wanted

    wait_until(named, "the cameras have their names")


def _take(browser: Browser, recorder: Recorder, shown: Shown, language: str) -> None:
    visitor = Visitor(browser, recorder.url, language=language, dark=False, user=shown.user)
    page = visitor.page
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
    page.goto(_address(recorder, shown))
    expect(page.locator(shown.wait_for).first).to_be_visible()
    expect(page.get_by_text(_ON_ITS_WAY)).to_have_count(0)
    if shown.click is not None:
        page.locator(shown.click).first.click()
    page.wait_for_function(_VIDEOS_SHOW, arg=shown.videos)
    packed = _packed(page)
    target = PICTURES / language / f"{shown.name}.webp"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(packed)
    sys.stdout.write(f"{os.path.relpath(target, ROOT)}: {len(packed)} bytes\n")
    visitor.close()


def _address(recorder: Recorder, shown: Shown) -> str:
    with recorder.client() as client:
        incident = client.incidents("front")[-1]
    return shown.path.format(incident=incident.id, moment=incident.started.strftime("%Y-%m-%dT%H:%M:%S.000Z"))


def _packed(page: Page) -> bytes:
    """What is on the screen, as WebP that is not too large; the browser itself packs it."""
    png = base64.b64encode(page.screenshot()).decode()
    blank = page.context.new_page()
    for quality in QUALITIES:
        packed = base64.b64decode(blank.evaluate(_PACK, [png, quality]))
        if len(packed) <= MOST_BYTES:
            return packed
    raise ValueError(f"a picture of {json.dumps(page.url)} is larger than {MOST_BYTES} bytes at any quality")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
