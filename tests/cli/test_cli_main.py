"""The real command: what it prints where, and the code it exits with."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gstnvr import __version__
from gstnvr.cli.commands import probe as probe_command
from gstnvr.cli.errors import CommandError
from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.main import command_names, main

COMMAND = Path(sys.executable).parent / "gstnvr"
GOOD = """\
storage: {volumes: [{path: /srv/video}]}
cameras:
  - id: door
    main: {url: "rtsp://192.0.2.1/1", username: admin, password_env: DOOR_PASSWORD}
"""


def gstnvr(*arguments: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    inherited = {key: value for key, value in os.environ.items() if key not in ("GSTNVR_CONFIG", "DOOR_PASSWORD")}
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env={**inherited, **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gstnvr.yaml"
    path.write_text(GOOD)
    return path


def test_version() -> None:
    assert gstnvr("--version") == (0, f"gstnvr {__version__}\n", "")


def test_help_names_every_command() -> None:
    code, text, errors = gstnvr("--help")
    assert (code, errors) == (0, "")
    assert {"config", "doctor", "probe", "simulate"} <= set(command_names())
    assert all(name in text for name in command_names())


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nothing"], "No such command 'nothing' (see gstnvr --help)"),
        (["probe"], "Missing argument 'url' (see gstnvr --help)"),
        (["config", "check", "--nothing"], "No such option: --nothing (see gstnvr --help)"),
        (["probe", "rtsp://admin:geheim@h/"], "URL has a user or a password in it; put them into --user and"),
        (["probe", "ftp://h/"], "URL must begin with rtsp://"),
        (["probe", "rtsp://h/", "--password-env", "X"], "has a password but no --user; add one"),
        (
            ["probe", "rtsp://h/", "--user", "a", "--password-file", "x"],
            "--password-file must be an absolute path",
        ),
    ],
)
def test_wrong_call_is_one_line_and_exit_code_2(
    arguments: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    output = capfd.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"gstnvr: {complaint}")
    assert output.err.count("\n") == 1
    assert "geheim" not in output.err


def test_no_command_shows_help_and_is_a_wrong_call(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.USAGE
    output = capfd.readouterr()
    assert "doctor" in output.out
    assert output.err == ""


# --- config -------------------------------------------------------------------------------------------


def test_good_configuration(file: Path) -> None:
    code, text, errors = gstnvr("config", "check", str(file), env={"DOOR_PASSWORD": "geheim"})
    assert (code, text, errors) == (0, f"{file}: nothing wrong, 1 camera\n", "")


def test_wrong_configuration_is_one_line_per_problem_and_exit_code_3(file: Path) -> None:
    file.write_text(GOOD.replace("url:", "urll:").replace("/srv", "srv"))
    code, text, errors = gstnvr("config", "check", "gstnvr.yaml", cwd=file.parent)
    assert (code, text) == (3, "")
    assert errors.splitlines() == [
        "gstnvr: gstnvr.yaml:1: storage.volumes[0].path: must be an absolute path, beginning with /,"
        " not 'srv/video'",
        "gstnvr: gstnvr.yaml:4: cameras[0].main.urll: unknown key; did you mean 'url'?",
    ]


def test_wrong_configuration_as_json(file: Path) -> None:
    file.write_text(GOOD.replace("url:", "urll:"))
    code, text, errors = gstnvr("config", "check", str(file), "--json")
    assert (code, errors) == (3, "")
    assert json.loads(text) == {
        "file": str(file),
        "ok": False,
        "problems": [
            {
                "line": 4,
                "key": "cameras[0].main.urll",
                "message": "unknown key",
                "suggestion": "did you mean 'url'?",
            }
        ],
    }


def test_passwords_are_looked_for_unless_told_otherwise(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", str(file)]) == ExitCode.CONFIGURATION
    assert "DOOR_PASSWORD is not set" in capfd.readouterr().err
    assert main(["config", "check", str(file), "--no-passwords"]) == ExitCode.OK


def test_where_the_file_is_looked_for(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, named, in_environment = tmp_path / "here", tmp_path / "named.yaml", tmp_path / "environment.yaml"
    here.mkdir()
    for path in (here / "gstnvr.yaml", named, in_environment):
        path.write_text(GOOD)

    def checked(*arguments: str) -> str:
        return gstnvr("config", "check", "--no-passwords", *arguments, cwd=here, env=environment)[1].split(":")[0]

    environment: dict[str, str] = {}
    assert checked() == "gstnvr.yaml"
    environment = {"GSTNVR_CONFIG": str(in_environment)}
    assert checked() == str(in_environment)
    assert checked("-c", str(named)) == str(named)
    assert checked(str(file), "-c", str(named)) == str(file)


def test_no_file_anywhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GSTNVR_CONFIG", raising=False)
    assert main(["config", "check"]) == ExitCode.CONFIGURATION
    assert capfd.readouterr().err == (
        "gstnvr: there is no configuration file at gstnvr.yaml or /etc/gstnvr/gstnvr.yaml;"
        " name one with -c FILE or in GSTNVR_CONFIG\n"
    )


def test_schema_is_one_json_document(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "schema"]) == ExitCode.OK
    assert json.loads(capfd.readouterr().out)["properties"]["cameras"]["type"] == "array"


# --- errors of our own --------------------------------------------------------------------------------


@pytest.mark.parametrize("verbose", [False, True])
def test_a_mistake_of_ours_is_told_and_exits_with_70(
    verbose: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("rtsp://admin:geheim@192.0.2.1/")

    monkeypatch.setattr(probe_command, "_stream", broken)
    with pytest.raises(SystemExit) as caught:
        main([*(["--verbose"] if verbose else []), "probe", "rtsp://h/"])
    assert caught.value.code == ExitCode.INTERNAL
    errors = capfd.readouterr().err
    assert errors.startswith("gstnvr: internal error, please report it: RuntimeError: rtsp://***@192.0.2.1/")
    assert "geheim" not in errors
    assert ("Traceback" in errors) is verbose
    assert ("gstnvr --verbose" in errors) is not verbose


def test_a_command_gives_up_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def gives_up(*_: object) -> None:
        raise CommandError("gstnvr is not running", ExitCode.NOT_RUNNING)

    monkeypatch.setattr(probe_command, "_stream", gives_up)
    assert main(["probe", "rtsp://h/"]) == ExitCode.NOT_RUNNING
    assert capfd.readouterr().err == "gstnvr: gstnvr is not running\n"


# --- simulate -----------------------------------------------------------------------------------------


def test_simulate_hands_its_arguments_on(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def execv(_: str, command: list[str]) -> None:
        called.append(command)

    monkeypatch.setattr(os, "execv", execv)
    arguments = ["--listen", "127.0.0.1:0", "door=pattern:1080p25", "--help", "--json"]
    main(["simulate", *arguments])
    assert called == [[sys.executable, "-m", "gstnvr.simulator", *arguments]]


def test_help_of_simulate_is_the_simulators_own() -> None:
    code, text, errors = gstnvr("simulate", "--help")
    assert (code, errors) == (0, "")
    assert text.startswith("usage: gstnvr simulate")
    assert "NAME=SOURCE" in text
