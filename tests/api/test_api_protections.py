"""Protections over a real server: entered, listed, released, and all of it in the audit log."""

import pytest

from tests.api.rig import GATE, YARD, RunningServer, World, at

SPAN = {"from": "2026-11-21T11:00:00Z", "to": "2026-11-21T13:00:00Z"}
KIM = {"Gstnvr-User": "kim"}


def protect(server: RunningServer, **more: object) -> dict[str, str]:
    response = server.http.post(
        "protections", json={"cameras": ["yard"], "reason": "theft"} | SPAN | more, headers=KIM
    )
    assert response.status_code == 201, response.text
    (made,) = response.json()["protections"]
    assert isinstance(made, dict)
    return made


def test_a_span_is_protected_until_somebody_releases_it(server: RunningServer, world: World) -> None:
    made = protect(server)
    assert (made["camera"], made["stream"], made["reason"], made["user"]) == ("yard", "main", "theft", "local:kim")
    assert (made["start"], made["end"]) == ("2026-11-21T11:00:00.000Z", "2026-11-21T13:00:00.000Z")
    assert server.json("protections")["protections"] == [made]
    assert server.json("protections", camera="gate")["protections"] == []
    response = server.http.delete(f"protections/{made['uid']}", params={"reason": "case closed"})
    assert response.status_code == 200, response.text
    assert response.json()["released_by"] == "local:unknown"
    assert server.json("protections")["protections"] == []
    assert server.json("protections", released="true")["protections"] == [response.json()]
    lines = server.json("audit")["lines"]
    assert [(line["user"], line["action"], line["subject"], line["detail"]["reason"]) for line in lines] == [
        ("local:unknown", "release", "yard/main", "case closed"),
        ("local:kim", "protect", "yard/main", "theft"),
    ]


def test_several_cameras_are_protected_at_once_or_none(server: RunningServer, world: World) -> None:
    world.add_segment(at("10:00:00"), at("10:01:00"), stream=GATE)
    wanted = {"cameras": ["yard", "gate", "yard"], "reason": "theft"} | SPAN
    made = server.http.post("protections", json=wanted).json()["protections"]
    assert [one["camera"] for one in made] == ["yard", "gate"]
    response = server.http.post("protections", json=wanted | {"cameras": ["yard", "shed"]})
    assert (response.status_code, response.json()["error"]["code"]) == (404, "stream_not_found")
    assert len(server.json("protections")["protections"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"reason": "  "},
        {"cameras": []},
        {"cameras": ["../etc"]},
        {"from": "2026-11-21T13:00:00Z"},
        {"to": "tomorrow"},
        {"until": "2026-11-21T13:00:00Z"},
    ],
)
def test_what_makes_no_sense_is_refused(server: RunningServer, wrong: dict[str, object]) -> None:
    response = server.http.post("protections", json={"cameras": ["yard"], "reason": "theft"} | SPAN | wrong)
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "bad_parameter"
    assert server.json("protections")["protections"] == []


def test_a_release_needs_a_reason_and_something_to_release(server: RunningServer) -> None:
    made = protect(server)
    assert server.http.delete(f"protections/{made['uid']}").status_code == 422
    unknown = server.http.delete(f"protections/{'0' * 32}", params={"reason": "x"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "protection_not_found")
    for expected in (200, 409):
        released = server.http.delete(f"protections/{made['uid']}", params={"reason": "done"})
        assert released.status_code == expected


def test_the_audit_log_comes_in_pages(server: RunningServer) -> None:
    for number in range(3):
        protect(server, reason=f"reason {number}")
    first = server.json("audit", limit="2")
    assert [line["detail"]["reason"] for line in first["lines"]] == ["reason 2", "reason 1"]
    rest = server.json("audit", limit="2", cursor=first["next"])
    assert [line["detail"]["reason"] for line in rest["lines"]] == ["reason 0"]
    assert rest["next"] is None


@pytest.mark.parametrize("name", ["a b", "x" * 65, "<script>"])
def test_a_name_that_is_none_is_refused(server: RunningServer, name: str) -> None:
    wanted = {"cameras": [YARD.camera], "reason": "theft"} | SPAN
    assert server.http.post("protections", json=wanted, headers={"Gstnvr-User": name}).status_code == 422
