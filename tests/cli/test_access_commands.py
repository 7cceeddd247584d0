"""How commands show who they are, and the commands for users and tokens."""

import io
from pathlib import Path
from typing import Any

import pytest

from gstnvr.cli.exit_codes import ExitCode
from tests.api.fixtures import server, shared_server, world
from tests.api.rig import TOKEN, RunningServer, World
from tests.cli.running import Run, run

__all__ = ["run", "server", "shared_server", "world"]

PASSWORD = "correct horse battery"


@pytest.fixture
def nothing_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token, and no configuration around."""
    for name in ("GSTNVR_TOKEN", "GSTNVR_TOKEN_FILE", "GSTNVR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)


def configuration(folder: Path, *, wrong: bool = False) -> Path:
    """Of a gstnvr whose token lies in its data directory; with a mistake in it."""
    data = folder / "data"
    data.mkdir()
    (data / "local-token").write_text(f"{TOKEN}\n")
    (data / "local-token").chmod(0o600)
    path = folder / "some.yaml"
    path.write_text(f"data_dir: {data}\n" + ("camera: 5\n" if wrong else ""))
    return path


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_without_a_token_it_is_said_how_to_give_one(run: Run, nothing_given: None) -> None:
    ran = run("status")
    assert ran.code == ExitCode.PROBLEMS
    assert "must know who asks: no configuration file tells where its token is" in ran.err
    assert "--token-file" in ran.err


@pytest.mark.parametrize("wrong", [False, True])
def test_the_token_of_this_machine_is_found_by_the_configuration(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_given: None, wrong: bool
) -> None:
    monkeypatch.setenv("GSTNVR_CONFIG", str(configuration(tmp_path, wrong=wrong)))
    assert run("status").code == 0
    (tmp_path / "data" / "local-token").unlink()
    assert f"{tmp_path}/data/local-token cannot be read" in run("status").err


def test_the_token_of_this_machine_goes_to_no_other(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nothing_given: None, server: RunningServer
) -> None:
    monkeypatch.setenv("GSTNVR_CONFIG", str(configuration(tmp_path)))
    sent: list[str | None] = []

    class SeenError(Exception):
        pass

    def see(**given: Any) -> None:
        sent.append(given["headers"].get("Authorization"))
        raise SeenError

    monkeypatch.setattr("gstnvr.client.client.httpx.Client", see)
    for url in ("http://nvr.example.com:8080", server.url):
        with pytest.raises(SystemExit):
            run("status", "--url", url)
    assert sent == [None, f"Bearer {TOKEN}"]


def test_a_token_from_a_file(run: Run, tmp_path: Path, nothing_given: None) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    assert run("--token-file", str(file), "status").code == 0
    assert run("status").code == ExitCode.PROBLEMS, "it is for one command"
    file.chmod(0o644)
    ran = run("--token-file", str(file), "status")
    assert (ran.code, "chmod 600" in ran.err) == (ExitCode.USAGE, True)


def test_a_token_that_is_not_valid_any_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GSTNVR_TOKEN", "gstnvr_old")
    ran = run("status")
    assert (ran.code, "the token is not valid" in ran.err) == (ExitCode.PROBLEMS, True)


def test_users_are_added_and_removed(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no users yet" in run("users").out
    typed(monkeypatch, f"{PASSWORD}\n")
    assert run("users", "add", "Admin", "--role", "administrator").lines == ["admin may log in as administrator"]
    typed(monkeypatch, f"{PASSWORD}\n")
    assert run("users", "add", "kim", "--camera", "yard", "--camera", "gate").code == 0
    typed(monkeypatch, "short\n")
    ran = run("users", "add", "lee")
    assert (ran.code, "10 to 256" in ran.err) == (ExitCode.USAGE, True)
    listed = run("users").lines
    assert [line.split()[:2] for line in listed[-2:]] == [["admin", "administrator"], ["kim", "viewer"]]
    assert "gate, yard" in listed[-1]
    assert [user["name"] for user in run("users", "--json").document] == ["admin", "kim"]
    typed(monkeypatch, "another password\n")
    assert run("users", "password", "kim").code == 0
    world.door.log_in("kim", "another password", None, "192.0.2.1", None)
    assert run("users", "no-codes", "kim").code == 0
    assert run("users", "remove", "kim").code == 0
    ran = run("users", "remove", "admin")
    assert (ran.code, "last administrator" in ran.err) == (ExitCode.PROBLEMS, True)
    ran = run("users", "remove", "kim")
    assert (ran.code, "no user 'kim'" in ran.err) == (ExitCode.USAGE, True)


def test_a_token_is_printed_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("tokens").lines == ["there are no tokens"]
    typed(monkeypatch, f"{PASSWORD}\n")
    run("users", "add", "kim")
    (token,) = run("tokens", "add", "kim", "dashboard", "--camera", "yard", "--days", "7").lines
    listed = run("tokens").out
    assert "dashboard" in listed
    assert token not in listed
    (known,) = run("tokens", "--json").document
    monkeypatch.setenv("GSTNVR_TOKEN", token)
    assert run("status").code == 0
    ran = run("users")
    assert (ran.code, "this takes administrator" in ran.err) == (ExitCode.PROBLEMS, True)
    assert run("tokens", "remove", known["uid"]).code == 0
    assert "the token is not valid" in run("status").err


def test_a_password_is_sealed_for_the_configuration(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "gstnvr.yaml"
    text = f"data_dir: {tmp_path / 'data'}\nstorage: {{volumes: [{{path: {tmp_path}}}]}}\n"
    path.write_text(text)
    typed(monkeypatch, "geheim\n")
    (line,) = run("config", "seal", "-c", str(path)).lines
    assert "geheim" not in line
    path.write_text(f"{text}cameras:\n  - {{id: door, main: {{url: 'rtsp://h/', username: admin, {line}}}}}\n")
    assert run("config", "check", str(path)).code == 0
    (tmp_path / "data" / "secrets.key").unlink()
    assert run("config", "check", str(path)).code == ExitCode.CONFIGURATION
