"""Exports and deletions over a real server: ordered, listed, fetched in parts, refused."""

import asyncio
import contextlib
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gstnvr.api.common.zip_response import Packed, archive_size
from gstnvr.evidence.verify import verify
from tests.api.rig import RunningServer, World, at
from tests.rig.evidence_orders import write_segment
from tests.rig.waiting import wait_until

WISH = {"cameras": ["yard"], "from": "2026-11-21T11:00:00Z", "to": "2026-11-21T11:00:02Z", "pictures": False}


@pytest.fixture
def made(server: RunningServer, world: World) -> Iterator[dict[str, object]]:
    """A finished export of two seconds, as the API tells of it."""
    path = "yard/20261121/yard_main_20261121T110000000Z.mp4"
    content = write_segment(world.folder / "made.mp4").read_bytes()
    world.add_segment(at("11:00:00"), at("11:00:02"), content, path=path)

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(world.exports.run())

    task = server.run(begin())
    response = server.http.post("exports", json=WISH | {"reason": "theft"}, headers={"Gstnvr-User": "kim"})
    assert response.status_code == 202, response.text
    uid = response.json()["uid"]
    assert response.json()["user"] == "local:kim"
    wait_until(lambda: server.json(f"exports/{uid}")["ended"] is not None)
    yield server.json(f"exports/{uid}")

    async def end() -> None:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    server.run(end())


def test_a_finished_export_gives_its_files_whole_and_in_parts(
    server: RunningServer, made: dict[str, object], world: World
) -> None:
    assert (made["state"], made["message"], made["cameras"]) == ("done", "", ["yard"])
    files = made["files"]
    assert isinstance(files, list)
    assert sorted(file["name"] for file in files) == [
        "index.html",
        "manifest.json",
        "manifest.sig",
        "yard_main_20261121T110000000Z.mp4",
    ]
    for file in files:
        response = server.http.get(file["url"].removeprefix("/api/v1/"))
        assert response.content == (world.folder / "exports" / str(made["uid"]) / file["name"]).read_bytes()
        assert len(response.content) == file["bytes"]
    sheet = server.http.get(next(file["url"] for file in files if file["name"] == "index.html")[8:])
    policy = sheet.headers["content-security-policy"]
    assert "script" not in policy
    assert "style-src 'unsafe-inline'" in policy, "what it looks like stands in it"
    video = next(file for file in files if file["name"].endswith(".mp4"))
    part = server.http.get(video["url"].removeprefix("/api/v1/"), headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.headers["content-type"]) == (206, "video/mp4")
    assert part.content == server.http.get(video["url"].removeprefix("/api/v1/")).content[10:20]
    beyond = server.http.get(video["url"].removeprefix("/api/v1/"), headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize("name", ["nothing.mp4", "..%2F..%2Findex.sqlite", "%2Fetc%2Fpasswd", "index.html%00"])
def test_no_other_file_is_given_out(server: RunningServer, made: dict[str, object], name: str) -> None:
    assert server.http.get(f"exports/{made['uid']}/files/{name}").status_code == 404


def test_an_export_is_removed_with_its_files(server: RunningServer, made: dict[str, object], world: World) -> None:
    uid = made["uid"]
    assert server.http.delete(f"exports/{uid}").status_code == 204
    assert server.error(f"exports/{uid}")[:2] == (404, "export_not_found")
    assert server.json("exports")["exports"] == []
    assert list((world.folder / "exports").iterdir()) == []


def test_all_files_come_as_one_archive(server: RunningServer, made: dict[str, Any], world: World) -> None:
    response = server.http.get(f"exports/{made['uid']}/zip")
    assert response.status_code == 200
    assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''export_{made['uid']}.zip"
    assert int(response.headers["content-length"]) == len(response.content)
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(world.folder / "unpacked")
    verdict = verify(world.folder / "unpacked" / f"export_{made['uid']}")
    assert verdict.good, verdict.problems


@pytest.mark.parametrize("limit", [zipfile.ZIP64_LIMIT, 10_000, 200, 50])
def test_the_size_of_an_archive_is_known_before(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    files = [Packed(f"folder/{size}.bin", size) for size in (0, 49, 51, 9_000, 11_000)]

    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise OSError

    out = Unseekable()
    with zipfile.ZipFile(out, "w") as archive:
        for file in files:
            with archive.open(zipfile.ZipInfo(file.name), "w", force_zip64=True) as into:
                into.write(bytes(file.size))
    assert archive_size(files) == len(out.getvalue())


def test_an_archive_of_a_file_that_is_gone_does_not_end_well(
    server: RunningServer, made: dict[str, Any], world: World
) -> None:
    (world.folder / "exports" / made["uid"] / "manifest.sig").unlink()
    with pytest.raises(httpx.RemoteProtocolError):
        server.http.get(f"exports/{made['uid']}/zip")
    assert server.json("exports")["exports"], "others go on"


def test_a_changed_export_is_found_out(server: RunningServer, made: dict[str, Any], world: World) -> None:
    def verified() -> Any:
        response = server.http.post(f"exports/{made['uid']}/verification")
        assert response.status_code == 202, response.text
        assert response.json()["verification"]["state"] == "running"
        wait_until(lambda: server.json(f"exports/{made['uid']}")["verification"]["ended"] is not None)
        return server.json(f"exports/{made['uid']}")["verification"]

    assert made["verification"] is None
    good = verified()
    assert (good["state"], good["problems"]) == ("unchanged", [])
    assert good["fingerprint"].startswith("SHA256:")
    video = next((world.folder / "exports" / made["uid"]).glob("*.mp4"))
    video.write_bytes(video.read_bytes()[:-1] + b"!")
    bad = verified()
    assert bad["state"] == "changed"
    assert bad["problems"] == [f"{video.name} was changed: its content is not what was signed"]


def test_what_is_not_made_has_no_archive_and_cannot_be_verified(server: RunningServer, world: World) -> None:
    waiting = server.http.post("exports", json=WISH).json()["uid"]
    assert server.error(f"exports/{waiting}/zip")[:2] == (409, "not_made")
    assert server.http.post(f"exports/{waiting}/verification").status_code == 409
    assert server.http.post("exports/abc/verification").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"cameras": ["shed"]}, 404, "stream_not_found"),
        ({"from": "2026-11-21T11:00:03Z"}, 422, "bad_parameter"),
        ({"from": "2026-11-21T13:00:00Z", "to": "2026-11-21T14:00:00Z"}, 422, "bad_parameter"),
        ({"zone": "Mars/Olympus"}, 422, "bad_parameter"),
        ({"zone": "../../etc/passwd"}, 422, "bad_parameter"),
        ({"fps": 0}, 422, "bad_parameter"),
        ({"out": "/etc"}, 422, "bad_parameter"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    server: RunningServer, wrong: dict[str, object], status: int, code: str
) -> None:
    response = server.http.post("exports", json=WISH | wrong)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert server.json("exports")["exports"] == []


def test_an_export_does_not_reach_into_the_future(server: RunningServer) -> None:
    response = server.http.post("exports", json=WISH | {"to": "2026-11-21T23:00:00Z"})
    assert response.json()["end"] == "2026-11-21T12:00:00.000Z"


def test_a_deletion_can_be_followed(server: RunningServer) -> None:
    wanted = {"camera": "yard", "from": WISH["from"], "to": WISH["to"], "reason": "privacy"}
    begun = server.http.post("deletions", json=wanted)
    assert begun.status_code == 202, begun.text
    assert server.json(f"deletions/{begun.json()['uid']}") == begun.json()
    assert server.json("deletions")["deletions"] == [begun.json()]
    assert server.http.post("deletions", json=wanted | {"reason": " "}).status_code == 422
    assert server.error("deletions/abc")[:2] == (404, "deletion_not_found")
