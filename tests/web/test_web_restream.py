"""Where other programs find a camera, told on its page."""

import pytest
from playwright.sync_api import expect

from gstnvr.model.access import Role
from gstnvr.rtsp.digest import Credentials
from tests.rig.rtsp_viewer import Viewer
from tests.web.conftest import Visit
from tests.web.rig import NAME, Recorder

pytestmark = [pytest.mark.browser, pytest.mark.gst, pytest.mark.e2e, pytest.mark.xdist_group("web")]


def test_the_address_of_a_camera_can_be_copied_and_those_who_watch_are_counted(
    visit: Visit, recorder: Recorder
) -> None:
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.page
    page.goto("/cameras/yard")
    card = page.locator("section").filter(has=page.get_by_role("heading", name="In other programs"))
    address = f"rtsp://{NAME}:TOKEN@127.0.0.1:{recorder.rtsp_port}/yard/main"
    expect(card.get_by_label("RTSP address")).to_have_value(address)
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == address
    expect(card).to_contain_text("0 programs watch now")
    with recorder.client() as client:
        token = client.add_token(NAME, "player", scope=Role.VIEWER, cameras=["yard"], days=1).token
    url = address.replace(f"{NAME}:TOKEN@", "")
    with Viewer(url, Credentials(NAME, token)) as watching:
        watching.answer_timeout_s = 30
        watching.play()
        expect(card).to_contain_text("1 program watches now")
    expect(card).to_contain_text("0 programs watch now")
    assert visitor.problems == []
