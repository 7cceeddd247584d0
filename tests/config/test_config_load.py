"""Every way in which a configuration can be wrong has a line, a key and a way out."""

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gstnvr.config.load import load, load_text
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.settings import Settings, Tolerance

SMALLEST = """\
data_dir: /var/lib/gstnvr            # database, sockets, journal
api: {port: 8080}
recording: {segment_s: 60}
storage:
  volumes: [{path: /srv/video}]
cameras:
  - id: front_door
    name: Front door
    main: {url: "rtsp://192.0.2.10/stream1", username: admin, password_env: FRONT_DOOR_PASSWORD}
"""
ENVIRONMENT = {"FRONT_DOOR_PASSWORD": "geheim"}
FILE = Path("gstnvr.yaml")


def problems(text: str, *, secrets: bool = False) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_text(text, FILE, secrets=secrets, environment={})
    return str(caught.value).splitlines()


def test_smallest_useful_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "gstnvr.yaml"
    path.write_text(SMALLEST)
    configuration = load(path, environment=ENVIRONMENT)
    assert configuration.path == path
    assert len(configuration.digest) == 64
    assert configuration.settings.cameras[0].main.url == "rtsp://192.0.2.10/stream1"
    assert configuration.settings.session.stall_after_s == 2.0


def test_example_of_the_guide_loads() -> None:
    path = Path(__file__).parents[2] / "docs" / "guide" / "gstnvr.yaml"
    settings = load(path, secrets=False).settings
    assert [camera.id for camera in settings.cameras] == ["front_door", "garden", "attic"]
    assert settings.cameras[1].audio == "off"
    assert settings.cameras[1].session is not None
    assert settings.cameras[1].session.tolerance is Tolerance.UNSTABLE


def test_line_key_and_suggestion_of_a_misspelt_key() -> None:
    assert problems(SMALLEST.replace("url:", "urll:")) == [
        "gstnvr.yaml:9: cameras[0].main.urll: unknown key; did you mean 'url'?"
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "line"),
    [
        ("8080", "'8080'", "gstnvr.yaml:2: api.port: must be a whole number, not '8080'"),
        ("8080", "true", "gstnvr.yaml:2: api.port: must be a whole number, not true"),
        ("8080", "80.5", "gstnvr.yaml:2: api.port: must be a whole number, not 80.5"),
        ("8080", "99999", "gstnvr.yaml:2: api.port: must be from 1 to 65535, not 99999"),
        ("8080", "", "gstnvr.yaml:2: api.port: has no value"),
        ("{port: 8080}", "8080", "gstnvr.yaml:2: api: must be a section with keys of its own, not a single value"),
        (
            "port: 8080",
            "host: 0.0.0.0",
            "gstnvr.yaml:2: api: has host '0.0.0.0', and nothing is encrypted; set tls: {enabled: true}, or"
            " name your reverse proxy in trusted_proxies, or keep to 127.0.0.1",
        ),
        ("60}", "1}", "gstnvr.yaml:3: recording.segment_s: must be from 2 to 3600 seconds, not 1"),
        ("60}", ".nan}", "gstnvr.yaml:3: recording.segment_s: must be a finite number, not nan"),
        (
            "segment_s: 60",
            "container: mp3",
            "gstnvr.yaml:3: recording.container: must be 'mp4' or 'mkv', not 'mp3'; did you mean 'mp4'?",
        ),
        (
            "recording: {segment_s: 60}",
            "tick_ms: 5",
            "gstnvr.yaml:3: tick_ms: unknown key; did you mean 'recorder.tick_ms'?",
        ),
        (
            "/srv/video",
            "srv",
            "gstnvr.yaml:5: storage.volumes[0].path: must be an absolute path, beginning with /, not 'srv'",
        ),
        ("[{path: /srv/video}]", "[]", "gstnvr.yaml:5: storage.volumes: must have at least 1, not 0"),
        ("\n  volumes: [{path: /srv/video}]", " {}", "gstnvr.yaml:4: storage.volumes: is missing"),
        (
            "storage:",
            "cameras: []\nx:",
            "gstnvr.yaml:7: cameras: is given twice in the same section; keep one of them",
        ),
        (
            "front_door",
            "Front Door",
            "gstnvr.yaml:7: cameras[0].id: is not allowed here (Part of file names and addresses;"
            " lower case letters, digits, - and _ only), not 'Front Door'",
        ),
        (
            "    name: Front door\n",
            "    record: 'yes'\n",
            "gstnvr.yaml:8: cameras[0].record: must be 'continuous', ",
        ),
        ("Front door", "12", "gstnvr.yaml:8: cameras[0].name: must be text; put it in quotes, not 12"),
        ("rtsp://192", "http://192", "gstnvr.yaml:9: cameras[0].main.url: must begin with rtsp://"),
        ("rtsp://192.0.2.10", "rtsp://", "gstnvr.yaml:9: cameras[0].main.url: has no host"),
        ("192.0.2.10", "192.0.2.10:99999", "gstnvr.yaml:9: cameras[0].main.url: has an unreadable host or port"),
        ("/stream1", "/stream 1", "gstnvr.yaml:9: cameras[0].main.url: has a space"),
        (
            "username: admin",
            "username: admin, http_stream_url: 'rtsp://192.0.2.10/video.mjpg'",
            "gstnvr.yaml:9: cameras[0].main.http_stream_url: must begin with http:// or https://",
        ),
        (
            "username: admin",
            "username: admin, http_stream_url: 'https://'",
            "gstnvr.yaml:9: cameras[0].main.http_stream_url: has no host; it must look like http://",
        ),
        ("username: admin, ", "", "gstnvr.yaml:9: cameras[0].main: has a password but no username; add one"),
        ("password_env", "password_file: /x, password_env", "gstnvr.yaml:9: cameras[0].main: has both"),
        (
            "    name: Front door",
            "    session: {reconnect_delay_s: 100}",
            "gstnvr.yaml:8: cameras[0].session: reconnect_max_delay_s (60) is below reconnect_delay_s (100)",
        ),
        (
            "api: {port: 8080}",
            "api:  # x\n  port 80\n\n",
            "gstnvr.yaml:2: what follows here is not a line like 'key: value'",
        ),
        ("api:", "\tapi:", "gstnvr.yaml:2: a tab where YAML wants spaces; indent with spaces"),
        ("Front door", "Front: door", "gstnvr.yaml:8: a second ': ' in one line"),
        ("8080}", "8080", "gstnvr.yaml:3: a bracket is opened and not closed, or a comma is missing"),
        ("Front door", "'Front door", "gstnvr.yaml:10: a quote is opened here and never closed"),
        ("name: Front door", "name: !env X", "gstnvr.yaml:8: cameras[0].name: has a tag (!)"),
        ("name: Front", "8: Front", "gstnvr.yaml:7: cameras[0]: has a key that is not text"),
        ("cameras:", "---\ncameras:", "gstnvr.yaml:6: a second document begins here; remove the line ---"),
        ("  - id: front_door", "  - *front", "gstnvr.yaml:7: "),
        ("front_door\n", "front_door\n   bad: 1\n", "gstnvr.yaml:8: "),
        ("Front door", "Front\x07door", "gstnvr.yaml:8: has a character that YAML does not allow"),
    ],
)
def test_wrong_value(right: str, wrong: str, line: str) -> None:
    assert right in SMALLEST
    (found,) = problems(SMALLEST.replace(right, wrong, 1))
    assert found.startswith(line)


def test_all_problems_are_told_in_the_order_of_lines() -> None:
    text = SMALLEST.replace("8080", "0").replace("segment_s", "segment").replace("rtsp://", "ftp://")
    assert [problem.split(" ")[0] for problem in problems(text)] == [
        "gstnvr.yaml:2:",
        "gstnvr.yaml:3:",
        "gstnvr.yaml:9:",
    ]


def test_two_cameras_with_one_id_are_refused_at_the_second() -> None:
    text = SMALLEST + SMALLEST[SMALLEST.index("  - id") :]
    (problem,) = problems(text)
    assert problem.startswith("gstnvr.yaml:10: cameras[1].id: is the id of another camera")


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "text", "5"])
def test_file_without_settings(text: str) -> None:
    assert len(problems(text)) == 1


@pytest.mark.parametrize(
    "main",
    [
        "{url: 'rtsp://admin:GEHEIM@h/'}",
        "{url: 'rtsp://admin:GE/HEIM@h/', username: GEHEIM}",
        "{url: 'rtsp://admin:GEHEIM@h:x/'}",
        "{url: 'rtsp://[GEHEIM/'}",
        "{url: 'rtsp:admin:GEHEIM'}",
        "{url: 'GEHEIM://h'}",
        "rtsp://admin:GEHEIM@h/",
        "GEHEIM",
        "{url: 'rtsp://h/', http_stream_url: 'http://admin:GEHEIM@h/'}",
        "{url: 'rtsp://h/', username: admin, password: GEHEIM}",
        "{url: 'rtsp://h/', username: admin, passwort: 'GEHEIM'}",
        "{url: 'rtsp://h/', username: admin, secret: {x: GEHEIM}}",
        "{url: 'rtsp://h/', username: [admin, GEHEIM]}",
        "{url: 'rtsp://h/', username: admin, password_env: '', password_file: GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: *GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: @GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: %GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: !GEHEIM x}",
        "{url: 'rtsp://h/', username: admin, password: !!int GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: !!timestamp GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: \"GEHEIM\\q\"}",
        "{url: 'rtsp://h/', username: admin, password: x, password: GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: 'x'GEHEIM}",
        "{url: 'rtsp://h/', username: admin, password: GEHEIM",
    ],
)
def test_no_message_holds_the_password(main: str) -> None:
    text = f"storage: {{volumes: [{{path: /srv}}]}}\ncameras:\n  - id: a\n    main: {main}\n"
    told = "\n".join(problems(text))
    assert "GEHEIM" not in told
    assert "HEIM" not in told


def test_password_in_the_file_is_told_where_it_belongs() -> None:
    text = SMALLEST.replace("password_env: FRONT_DOOR_PASSWORD", "password: geheim")
    (problem,) = problems(text)
    assert problem.startswith("gstnvr.yaml:9: cameras[0].main.password: a password does not belong in this file")
    assert "password_env" in problem
    assert "password_file" in problem


def test_the_password_of_a_sub_stream_is_looked_for_as_well() -> None:
    sub = 'sub: {url: "rtsp://192.0.2.10/stream2", username: admin, password_env: SUB_PASSWORD}'
    lines = SMALLEST.splitlines()
    place = next(number for number, line in enumerate(lines) if "main:" in line)
    lines.insert(place + 1, f"    {sub}")
    assert problems("\n".join(lines), secrets=True) == [
        "gstnvr.yaml:9: cameras[0].main.password_env: the environment variable FRONT_DOOR_PASSWORD is not set",
        "gstnvr.yaml:10: cameras[0].sub.password_env: the environment variable SUB_PASSWORD is not set",
    ]


def test_password_variable_that_is_not_set() -> None:
    assert problems(SMALLEST, secrets=True) == [
        "gstnvr.yaml:9: cameras[0].main.password_env: the environment variable FRONT_DOOR_PASSWORD is not set"
    ]


def test_password_of_a_camera_that_is_off_may_be_missing() -> None:
    text = SMALLEST.replace("    name", "    enabled: false\n    name")
    assert load_text(text, FILE, environment={}).settings.cameras[0].enabled is False


def test_password_file_open_to_others(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("geheim\n")
    secret.chmod(0o640)
    text = SMALLEST.replace("password_env: FRONT_DOOR_PASSWORD", f"password_file: {secret}")
    (problem,) = problems(text, secrets=True)
    assert problem.startswith(f"gstnvr.yaml:9: cameras[0].main.password_file: {secret} is open to others")
    assert problem.endswith(f"run: chmod 600 {secret}")
    secret.chmod(0o600)
    load_text(text, FILE)


def test_missing_file_folder_and_binary_file(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, reason in (
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "is a folder, not a file"),
        (binary, "is not text in UTF-8"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            load(path)
        assert str(caught.value) == f"{path}: {reason}"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "gstnvr.yaml"
    path.write_text(SMALLEST)
    path.chmod(0)
    tmp_path.chmod(0o711)
    os.seteuid(65534)
    try:
        with pytest.raises(ConfigurationError, match="may not be read by this user"):
            load(path)
    finally:
        os.seteuid(0)


@given(st.text(st.sampled_from("ab:- \n\t'\"{}[]!&*#|>%@,?0.~"), max_size=40))
@example("&a [*a]")
@example("? [a, b]\n: 2")
@example("a: 2001-99-99")
@example("<<: 5")
@example("[" * 300)
@example("{a: " * 300)
@example("a: &a {b: *a}")
def test_any_text_is_refused_with_problems_and_nothing_else(text: str) -> None:
    with pytest.raises(ConfigurationError):
        load_text(text, FILE)


def test_settings_survive_being_sent() -> None:
    settings = load_text(SMALLEST, FILE, secrets=False).settings
    assert Settings.model_validate_json(settings.model_dump_json()) == settings
