"""Nothing that names a camera, or tells of one, is without a case of a camera that is not to be seen.

The cases are the samples of ``test_api_rights``, and what the description of the API has; what is added there
later fails here until somebody has said whom it concerns.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

import httpx
import pytest
from fastapi.routing import APIRoute

from gstnvr.api.access.rights import CAMERA_PARAMETERS
from gstnvr.api.app import PREFIX, bare_app, endpoints
from gstnvr.api.common.ports import ApiServices
from gstnvr.api.events.ports import News
from gstnvr.model.access import Role
from gstnvr.model.ids import CAMERA_ID_PATTERN
from tests.api.rig import World
from tests.api.test_api_event_rights import all_news
from tests.api.test_api_rights import OPERATIONS, PASSWORD, SAMPLES, Site, refusal, site

__all__ = ["site"]

SCHEMAS = bare_app().openapi()["components"]["schemas"]
OF_CAMERAS = re.compile("cam|device", re.IGNORECASE)
IN_BODIES = (*CAMERA_PARAMETERS, "tiles")
"""Keys of bodies that name cameras; end points look at them themselves."""
OTHER_NAMES = {"CameraToTry.password_of"}
"""Name a camera, and are for administrators alone, who see all."""
ABOUT_CALLERS = {"/me", "/tokens", "/login", "/setup"}
"""Tell of the cameras that somebody sees, and not of what these see."""
OWN_THINGS = {"DELETE /tokens/{uid}", "DELETE /sessions/{uid}", "PUT /layouts/{uid}", "DELETE /layouts/{uid}"}
"""Have an owner, and concern no camera."""
NOT_DESCRIBED = {"/openapi.json", "/healthz"}
"""The first holds what is in the source, the second is there twice."""

NARROWED = {"cameras", "streams", "volumes", "storage", "exports", "deletions"}
"""Of what an end point has to answer with: holds the caller's cameras only; ``api/access/narrow.py``."""
BY_STREAM = {"index", "live", "order_recording", "recent_figures", "thumbnails"}
"""Are asked about cameras that were found to be the caller's, or with ``seen``."""
OF_NO_CAMERA = {
    "accounts",
    "clock",
    "components",
    "copies",
    "disks",
    "door",
    "fetched",
    "maintenance",
    "recorders",
    "restart_recorders",
    "zone",
}


def needs(name: str) -> Role | None:
    """Which role it takes; None: none."""
    needed = OPERATIONS[name]["x-needs"]
    return None if needed == "nothing" else Role(needed)


FOR_SOME = [name for name in OPERATIONS if needs(name) in (Role.VIEWER, Role.OPERATOR)]
"""Callers of these may see some cameras only."""


def inner(schema: dict[str, Any], owner: str = "", within: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """All properties, however deep: class, name, schema."""
    if "$ref" in schema:
        owner = schema["$ref"].rpartition("/")[2]
        if owner in within:
            return
        schema, within = SCHEMAS[owner], (*within, owner)
    for name, found in schema.get("properties", {}).items():
        yield owner, name, found
        yield from inner(found, owner, within)
    parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ()), schema.get("items")]
    for part in [*parts, schema.get("additionalProperties")]:
        if isinstance(part, dict):
            yield from inner(part, owner, within)


def body_of(name: str) -> list[tuple[str, str, Any]]:
    contents = OPERATIONS[name].get("requestBody", {}).get("content", {}).values()
    return [found for content in contents for found in inner(content["schema"])]


def names_a_camera(name: str, schema: dict[str, Any]) -> bool:
    return bool(OF_CAMERAS.search(name)) or f"^{CAMERA_ID_PATTERN}$" in str(schema)


# --- nothing is without a case ------------------------------------------------------------------------


def test_whatever_names_a_camera_is_called_so_that_it_is_checked() -> None:
    for name, operation in OPERATIONS.items():
        asked = [("", one["name"], one["schema"]) for one in operation.get("parameters", ())] + body_of(name)
        for owner, parameter, schema in asked:
            if names_a_camera(parameter, schema) and f"{owner}.{parameter}" not in OTHER_NAMES:
                allowed = (*IN_BODIES, "all_cameras") if owner else CAMERA_PARAMETERS
                assert parameter in allowed, f"{name}: {parameter}: call it one of {allowed}"
            elif parameter in ("stream", "streams", "kind") and owner != "NewExport":
                assert "enum" in str(schema) or "StreamKind" in str(schema), f"{name}: {parameter} is no kind"


def test_whatever_names_or_tells_of_a_camera_has_a_case() -> None:
    for name in FOR_SOME:
        operation, path = OPERATIONS[name], name.partition(" ")[2]
        answers = [
            content
            for status, answer in operation["responses"].items()
            if status.startswith("2")
            for content in answer.get("content", {}).items()
        ]
        told = {key for _, content in answers for _, key, _ in inner(content.get("schema", {}))}
        raw = [kind for kind, content in answers if kind != "application/json" or not content.get("schema")]
        asked = {one["name"] for one in operation.get("parameters", ()) if one["in"] in ("path", "query")}
        things = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        concerns = asked & set(CAMERA_PARAMETERS) or any(OF_CAMERAS.search(key) for key in told) or raw
        if (concerns or things) and path not in ABOUT_CALLERS and name not in OWN_THINGS:
            assert SAMPLES[name].camera, f"{name} concerns cameras: its sample asks for the gate"
        if things - {"camera", "kind"} and name not in OWN_THINGS:
            concerned = "{" in SAMPLES[name].path or "gate" in SAMPLES[name].path
            assert concerned, f"{name}: the sample names a thing of the gate"


def test_every_body_with_a_camera_has_the_foreign_one_in_its_sample() -> None:
    for name in FOR_SOME:
        for _, key, schema in body_of(name):
            if key in IN_BODIES and names_a_camera(key, schema) and name != "POST /tokens":
                assert "gate" in str(SAMPLES[name].body[key]), f"{name}: {key}"


def test_what_is_not_described_is_known() -> None:
    described = {name.partition(" ")[2] for name in OPERATIONS}
    for route in endpoints(bare_app().routes):
        if isinstance(route, APIRoute):
            path = route.path.removeprefix(PREFIX)
            assert path in described | NOT_DESCRIBED, route.path
            if path not in NOT_DESCRIBED and not route.include_in_schema:
                assert route.methods == {"HEAD"}, route.path


def test_all_that_end_points_answer_with_is_known_to_tell_of_cameras_or_not() -> None:
    kinds = NARROWED | BY_STREAM | OF_NO_CAMERA
    assert len(kinds) == len(NARROWED) + len(BY_STREAM) + len(OF_NO_CAMERA)
    assert {field.name for field in fields(ApiServices)} == kinds, (
        "say whether it tells of cameras; if so, narrow it in api/access/narrow.py"
    )


def test_every_kind_of_news_is_told_to_those_who_may_hear_it_alone(world: World) -> None:
    assert {type(one) for one in all_news(world)} == set(get_args(News)), "add it to all_news"


# --- the cases ----------------------------------------------------------------------------------------


def as_operator(site: Site) -> httpx.Client:
    """Sees the yard only."""
    session = site.world.door.log_in("operator", PASSWORD, None, "192.0.2.1", None)
    return site.server.client(cookie=f"gstnvr_session={session.secret}")


def camera_parameters(name: str) -> list[tuple[str, str]]:
    found = [(one["name"], one["in"]) for one in OPERATIONS[name].get("parameters", ())]
    return [one for one in found if one[0] in CAMERA_PARAMETERS]


def test_a_foreign_camera_is_told_from_none_by_no_parameter(site: Site) -> None:
    """Asked by path, by query, twice, and in the body: the same answer as for one that does not exist."""
    tried = 0
    with as_operator(site) as client:
        for name in FOR_SOME:
            method, sample = name.partition(" ")[0], SAMPLES[name]
            for parameter, place in camera_parameters(name):
                said = []
                for camera in ("gate", "nosuch"):
                    path = sample.path.format(**site.things).replace("gate", camera)
                    query = {parameter: camera} if place == "query" else {}
                    url = httpx.URL(path).copy_merge_params(query)
                    answer = client.request(method, url, json=sample.body)
                    assert (answer.status_code, refusal(answer)) == (404, "camera_not_found"), (name, parameter)
                    said.append(answer.text.replace(camera, "…"))
                    for first, last in [("yard", camera), (camera, "yard")] if place == "query" else ():
                        url = httpx.URL(path).copy_remove_param(parameter)
                        url = url.copy_add_param(parameter, first).copy_add_param(parameter, last)
                        answer = client.request(method, url, json=sample.body)
                        assert refusal(answer) == "camera_not_found", (name, first, last)
                assert len(set(said)) == 1, said
                tried += 1
    assert tried >= 12


NOT_THERE = ((404, "camera_not_found"), (404, "layout_not_found"))


def test_a_foreign_camera_in_a_body_is_told_from_none_by_nothing(site: Site) -> None:
    tried = 0
    before = site.server.json("audit")["lines"]
    with as_operator(site) as client:
        for name in [name for name in FOR_SOME if isinstance(SAMPLES[name].body, dict)]:
            method, sample = name.partition(" ")[0], SAMPLES[name]
            for key in [key for key in IN_BODIES if key in sample.body]:
                said = set()
                for camera in ("gate", "nosuch"):
                    for value in ([camera], ["yard", camera], [camera, "yard"]) if key != "camera" else (camera,):
                        answer = client.request(method, sample.path, json=sample.body | {key: value})
                        assert (answer.status_code, refusal(answer)) in NOT_THERE, (name, value)
                        said.add(answer.text.replace(camera, "…"))
                assert len(said) == 1, said
                tried += 1
    assert tried >= 2
    assert len(site.server.json("audit")["lines"]) == len(before) + 1, "but for the login, nothing was done"


def test_asking_for_the_head_alone_tells_no_more(site: Site) -> None:
    heads = [
        f"GET {route.path.removeprefix(PREFIX)}"
        for route in endpoints(bare_app().routes)
        if isinstance(route, APIRoute) and "HEAD" in (route.methods or ())
    ]
    assert len(heads) >= 2
    with as_operator(site) as client:
        for name in heads:
            path = SAMPLES[name].path.format(**site.things)
            assert client.head(path).status_code == client.get(path).status_code == 404, name
            assert site.server.http.head(path).status_code == site.server.http.get(path).status_code, name


@pytest.mark.parametrize("kept", [["yard"], []])
def test_a_token_of_fewer_cameras_than_its_user_sees_no_more(site: Site, kept: list[str]) -> None:
    """Also one that names a camera which its user does not see, and one that names none."""
    with as_operator(site) as client:
        wish = {"label": "x", "scope": "operator", "cameras": [*kept, "gate"]}
        token = client.post("tokens", json=wish).json()["token"]
    with site.server.client(authorization=f"Bearer {token}") as client:
        for name in FOR_SOME:
            sample, method = SAMPLES[name], name.partition(" ")[0]
            if not sample.camera or method == "DELETE":
                continue
            answer = client.request(method, sample.path.format(**site.things), json=sample.body)
            told = answer.text.lower() if answer.status_code == 200 else ""
            hidden = ("gate", "till", "gone") if kept else ("gate", "till", "gone", "yard")
            assert not any(word in told for word in hidden), (name, answer.text)
