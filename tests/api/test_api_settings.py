"""Settings read and changed over the API: as a whole, comments kept, secrets never sent out; and cameras tried."""

import json
from functools import reduce
from operator import getitem
from typing import Any

import pytest

from gstnvr.api.operation.ports import CameraOffer, CannotProbeError, OfferedMedium
from gstnvr.config.sealing import passwords_of
from tests.api.rig import REFUSED, RunningServer, World

SECRET = "hunter2"


def change(server: RunningServer, settings: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    response = server.http.patch("settings", json={"settings": settings, **more})
    assert SECRET not in response.text
    return response.status_code, response.json()


def test_what_the_file_says_and_what_is_in_force(world: World, server: RunningServer) -> None:
    found = server.json("settings")
    assert found["path"] == str(world.config)
    assert found["in_file"]["cameras"][1] == {"id": "gate", "main": {"url": "rtsp://192.0.2.2/live"}}
    assert "recording" not in found["in_file"]
    assert found["in_force"]["recording"]["segment_s"] == 60
    assert "***" in found["in_file"]["cameras"][0]["main"]["url"]
    assert SECRET not in json.dumps(found)


def test_every_key_has_a_meaning(server: RunningServer) -> None:
    schema = server.json("settings/schema")["schema"]
    for section in (schema, *schema["$defs"].values()):
        for key, value in section.get("properties", {}).items():
            assert value.get("description") or "$ref" in json.dumps(value), key


def test_meanings_can_be_had_in_korean(server: RunningServer) -> None:
    english, korean = server.json("settings/schema"), server.json("settings/schema", language="ko")
    assert english["restart"] == korean["restart"] == ["data_dir", "api", "database.url"]
    key = ("$defs", "RecordingSettings", "properties", "segment_s", "description")
    texts = [reduce(getitem, key, found["schema"]) for found in (english, korean)]
    assert texts[0].startswith("Length of a segment")
    assert texts[1].startswith("세그먼트의 길이")


def test_one_value_changes_and_everything_else_stays(world: World, server: RunningServer) -> None:
    before = world.config.read_text()
    status, said = change(server, {"cameras": {"yard": {"name": "Back yard"}}})
    assert (status, said["applied"], said["changed"]) == (200, True, ["cameras[0].name"])
    assert world.config.read_text() == before.replace("name: Yard  #", "name: Back yard #")
    assert world.configuration.settings.cameras[0].name == "Back yard"
    assert server.json("audit")["lines"][0]["detail"] == {"keys": ["cameras[0].name"]}


def test_what_comes_back_masked_keeps_its_secret(world: World, server: RunningServer) -> None:
    cameras = server.json("settings")["in_file"]["cameras"]
    cameras[0]["name"] = "Front"
    status, said = change(server, {"cameras": cameras})
    assert (status, said["changed"]) == (200, ["cameras[0].name"])
    assert world.configuration.settings.cameras[0].main.url.endswith(f"password={SECRET}")
    cameras[0]["main"]["url"] = "rtsp://192.0.2.9/live"
    assert change(server, {"cameras": list(reversed(cameras))})[0] == 200
    assert [one.main.url for one in world.configuration.settings.cameras] == [
        "rtsp://192.0.2.2/live",
        "rtsp://192.0.2.9/live",
    ]


def test_cameras_come_and_go_by_id(world: World, server: RunningServer) -> None:
    new = {"name": "Till", "main": {"url": "rtsp://192.0.2.3/live"}}
    status, said = change(server, {"cameras": {"till": new, "yard": None}})
    assert status == 200, said
    assert [camera.id for camera in world.configuration.settings.cameras] == ["gate", "till"]
    assert world.config.read_text().startswith("# All that is watched.")
    assert "# the big disk" in world.config.read_text()


def test_a_key_that_goes_has_its_default_again(world: World, server: RunningServer) -> None:
    assert change(server, {"recording": {"segment_s": 30}})[0] == 200
    assert world.configuration.settings.recording.segment_s == 30
    assert change(server, {"recording": None})[0] == 200
    assert world.configuration.settings.recording.segment_s == 60


def test_the_first_camera_of_a_file_that_has_none(world: World, server: RunningServer) -> None:
    text = world.config.read_text()
    world.config.write_text(text[: text.index("cameras:")])
    status, said = change(server, {"cameras": {"till": {"main": {"url": "rtsp://192.0.2.3/live"}}}})
    assert status == 200, said
    assert [camera.id for camera in world.configuration.settings.cameras] == ["till"]


def test_what_is_wrong_is_refused_as_a_whole(world: World, server: RunningServer) -> None:
    before = world.config.read_text()
    status, said = change(
        server, {"recording": {"segment_s": -5}, "cameras": {"gate": {"mian": {}}, "yard": {"name": "New"}}}
    )
    assert (status, said["error"]["code"]) == (422, "bad_settings")
    problems = {problem["key"]: problem for problem in said["problems"]}
    assert set(problems) == {"cameras[1].mian", "recording.segment_s"}
    assert problems["cameras[1].mian"]["suggestion"] == "did you mean 'main'?"
    assert all(problem["line"] and problem["file"] == str(world.config) for problem in said["problems"])
    assert world.config.read_text() == before
    assert server.json("audit")["lines"] == []


def test_a_change_of_a_file_that_is_another_by_now_is_refused(world: World, server: RunningServer) -> None:
    digest = server.json("settings")["digest"]
    world.config.write_text(world.config.read_text() + "# by hand\n")
    status, said = change(server, {"recording": {"segment_s": 30}}, digest=digest)
    assert (status, said["error"]["code"]) == (409, "changed_meanwhile")
    assert change(server, {"recording": {"segment_s": 30}}, digest=server.json("settings")["digest"])[0] == 200


def test_what_waits_for_a_restart_is_said(world: World, server: RunningServer) -> None:
    status, said = change(server, {"api": {"port": 8099}})
    assert (status, said["restart"]) == (200, ["api"])


def test_a_file_that_is_broken_is_told_with_its_line(world: World, server: RunningServer) -> None:
    world.config.write_text("cameras: [\n")
    response = server.http.get("settings")
    assert response.status_code == 422
    assert response.json()["problems"][0]["file"] == str(world.config)


# --- passwords ----------------------------------------------------------------------------------------

GATE = "rtsp://192.0.2.2/live"


def password_of(world: World, number: int) -> str | None:
    return passwords_of(world.configuration.settings)(world.configuration.settings.cameras[number].main)


def test_a_password_is_written_sealed(world: World, server: RunningServer) -> None:
    world.config.write_text(world.config.read_text().replace("hunter2", "other"))
    main = {"username": "kim", "password": SECRET}
    status, said = change(server, {"cameras": {"gate": {"main": main}}})
    assert (status, sorted(said["changed"])) == (
        200,
        ["cameras[1].main.password_sealed", "cameras[1].main.username"],
    )
    assert SECRET not in world.config.read_text()
    assert password_of(world, 1) == SECRET
    assert said["in_file"]["cameras"][1]["main"] == {"url": GATE, "username": "kim", "password_sealed": "***"}
    before = world.config.read_text()
    assert change(server, {"cameras": said["in_file"]["cameras"]})[1]["changed"] == []
    assert world.config.read_text() == before


def test_a_password_takes_the_place_of_one_that_lies_elsewhere(
    world: World, server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_PASSWORD", "of the environment")
    by_name = {"username": "kim", "password_env": "GATE_PASSWORD"}
    assert change(server, {"cameras": {"gate": {"main": by_name}}})[0] == 200
    assert password_of(world, 1) == "of the environment"
    assert change(server, {"cameras": {"gate": {"main": {"password": SECRET}}}})[0] == 200
    assert password_of(world, 1) == SECRET
    assert "GATE_PASSWORD" not in world.config.read_text()
    assert change(server, {"cameras": {"gate": {"main": {"password_sealed": None}}}})[0] == 200
    assert password_of(world, 1) is None


def test_cameras_that_are_sent_as_a_list_have_their_passwords_sealed(world: World, server: RunningServer) -> None:
    new = {"id": "till", "main": {"url": GATE, "username": "kim", "password": SECRET}}
    world.config.write_text(world.config.read_text().replace("hunter2", "other"))
    assert change(server, {"cameras": [new]})[0] == 200
    assert SECRET not in world.config.read_text()
    assert password_of(world, 0) == SECRET


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_said_to_be_sealed_and_is_not_gets_nowhere(
    world: World, server: RunningServer, enabled: bool
) -> None:
    before = world.config.read_text()
    main = {"username": "kim", "password_sealed": SECRET}
    status, said = change(server, {"cameras": {"gate": {"enabled": enabled, "main": main}}})
    assert (status, said["problems"][0]["key"]) == (422, "cameras[1].main.password_sealed")
    assert world.config.read_text() == before


@pytest.mark.parametrize("password", ["", 7, "x" * 1001])
def test_what_is_no_password_is_refused(world: World, server: RunningServer, password: object) -> None:
    before = world.config.read_text()
    main = {"username": "kim", "password": password}
    status, said = change(server, {"cameras": {"gate": {"main": main}}})
    assert (status, said["problems"][0]["key"]) == (422, "cameras[1].main.password")
    assert world.config.read_text() == before


def test_a_password_where_none_belongs_is_not_written(world: World, server: RunningServer) -> None:
    before = world.config.read_text()
    place = {"name": "attic", "kind": "s3", "bucket": "b", "username": "u", "password": SECRET}
    assert change(server, {"storage": {"copies": {"places": [place]}}})[0] == 422
    assert change(server, {"password": SECRET})[0] == 422
    assert world.config.read_text() == before


def test_without_its_key_nothing_is_written(world: World, server: RunningServer) -> None:
    before = world.config.read_text()
    key = world.configuration.settings.key_file
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_text("no key\n")
    key.chmod(0o600)
    status, said = change(server, {"cameras": {"gate": {"main": {"username": "kim", "password": SECRET}}}})
    assert (status, said["error"]["code"]) == (503, "secret_key")
    assert world.config.read_text() == before


# --- cameras tried ------------------------------------------------------------------------------------


def test_a_camera_that_cannot_be_reached_is_told_exactly(world: World, server: RunningServer) -> None:
    wanted = {"url": "rtsp://192.0.2.1/live", "username": "kim", "password": SECRET}
    said = server.http.post("cameras/try", json=wanted).json()
    assert (said["ok"], said["offer"]) == (False, None)
    assert (said["cause"]["reason"], said["cause"]["message"]) == (REFUSED.reason, REFUSED.message)
    assert world.wishes[0].password == SECRET


def test_a_camera_that_can_be_recorded_is_told_with_what_it_offers(world: World, server: RunningServer) -> None:
    media = [OfferedMedium("video", "H264", 90_000, 1)]
    world.probed = CameraOffer("192.0.2.1:554", "Camera 1.0", None, "h264", None, media)
    said = server.http.post("cameras/try", json={"url": "rtsp://192.0.2.1/live"}).json()
    assert (said["ok"], said["cause"], said["offer"]["video"]) == (True, None, "h264")


def test_a_wrong_wish_is_refused(world: World, server: RunningServer) -> None:
    world.probed = CannotProbeError("url must begin with rtsp:// or rtsps://")
    response = server.http.post("cameras/try", json={"url": "ftp://192.0.2.1/live"})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "bad_parameter")


# --- about --------------------------------------------------------------------------------------------


def test_what_runs_here_and_under_which_licences(server: RunningServer) -> None:
    found = server.json("about")
    packages = {one["name"].lower(): one for one in found["packages"]}
    assert {"fastapi", "pydantic", "sqlalchemy", "uvicorn"} <= set(packages)
    assert "pytest" not in packages
    assert all(one["license"] for one in packages.values())


@pytest.mark.parametrize("body", [{}, {"settings": []}, {"settings": {}, "more": 1}])
def test_a_change_of_the_wrong_form_is_refused(server: RunningServer, body: Any) -> None:
    response = server.http.patch("settings", json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "bad_parameter")
