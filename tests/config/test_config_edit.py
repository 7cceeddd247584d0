"""Edits keep comments and order, and never leave a file that does not load."""

import os
from pathlib import Path

import pytest

from gstnvr.config.edit import change_values
from gstnvr.config.problems import ConfigurationError

TEXT = """\
# Our cameras
storage:
  volumes:
    - path: /srv/video  # big disk

recording: {segment_s: 60}   # a minute
cameras:
  # the door
  - id: door
    name: 'Door'  # in quotes
    main:
      url: rtsp://192.0.2.1/1
  # the garden
  - id: garden
    main: {url: "rtsp://192.0.2.2/1"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gstnvr.yaml"
    path.write_text(TEXT)
    return path


def test_one_value_changes_and_nothing_else(file: Path) -> None:
    configuration = change_values(file, {("cameras", 0, "name"): "Front door", ("recording", "segment_s"): 30})
    assert configuration.settings.cameras[0].name == "Front door"
    assert file.read_text() == TEXT.replace("'Door'  #", "'Front door' #").replace("60", "30")


def test_guide_survives_an_edit_that_changes_nothing(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "guide" / "gstnvr.yaml").read_text()
    file = tmp_path / "gstnvr.yaml"
    file.write_text(text)
    change_values(file, {("api", "port"): 8080}, secrets=False)
    assert file.read_text() == text


def test_missing_sections_are_made(file: Path) -> None:
    settings = change_values(
        file, {("session", "tolerance"): "lenient", ("cameras", 1, "name"): "Garden"}
    ).settings
    assert settings.session.tolerance == "lenient"
    assert settings.cameras[1].name == "Garden"
    assert "# the garden" in file.read_text()


def test_a_camera_is_appended(file: Path) -> None:
    camera = {"id": "attic", "main": {"url": "rtsp://192.0.2.3/1"}}
    assert len(change_values(file, {("cameras", 2): camera}).settings.cameras) == 3


@pytest.mark.parametrize(
    ("location", "value"),
    [
        (("cameras", 0, "nam"), "x"),
        (("cameras", 0, "id"), "garden"),
        (("cameras", 5, "name"), "x"),
        (("cameras", "x", "name"), "x"),
        (("api", "port"), "8080"),
        (("recording", "segment_s", "x"), 5),
    ],
)
def test_a_change_that_would_not_load_leaves_the_file_alone(
    file: Path, location: tuple[str | int, ...], value: str | int
) -> None:
    with pytest.raises(ConfigurationError):
        change_values(file, {("api", "port"): 9000, location: value})
    assert file.read_text() == TEXT
    assert [path.name for path in file.parent.iterdir()] == ["gstnvr.yaml"]


def test_permissions_and_symbolic_link_stay(file: Path) -> None:
    file.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(file, 65534, 65534)
    link = file.parent / "link.yaml"
    link.symlink_to(file)
    owner = file.stat().st_uid
    change_values(link, {("api", "port"): 9000})
    assert link.is_symlink()
    assert file.stat().st_mode & 0o7777 == 0o640
    assert file.stat().st_uid == owner
    assert "port: 9000" in file.read_text()
