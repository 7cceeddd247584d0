"""Passwords that stand in the configuration file, and are worth nothing without the key."""

from pathlib import Path

import pytest

from gstnvr.config.load import load, load_text
from gstnvr.config.problems import ConfigurationError
from gstnvr.config.sealing import Sealer, SecretKeyError, passwords_of

TEXT = """\
data_dir: {folder}
storage: {{volumes: [{{path: /srv/video}}]}}
cameras:
  - id: door
    main:
      url: rtsp://192.0.2.1/
      username: admin
      password_sealed: {sealed}
"""


def test_what_is_sealed_is_another_text_each_time_and_comes_back(tmp_path: Path) -> None:
    key_file = tmp_path / "data" / "secrets.key"
    first, second = (Sealer(key_file).seal("geheim ä") for _ in range(2))
    assert first != second
    assert "geheim" not in first
    assert Sealer(key_file).open(first) == Sealer(key_file).open(second) == "geheim ä"
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_a_password_is_opened_with_the_key_of_the_data_directory(tmp_path: Path) -> None:
    sealed = Sealer(tmp_path / "secrets.key").seal("geheim")
    settings = load_text(TEXT.format(folder=tmp_path, sealed=sealed), tmp_path / "gstnvr.yaml").settings
    assert passwords_of(settings)(settings.cameras[0].main) == "geheim"


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda key: key.unlink(), "there is no file"),
        (lambda key: key.chmod(0o644), "open to others"),
        (lambda key: key.write_text("x"), "no usable key"),
        (lambda key: [key.unlink(), Sealer(key).seal("x")], "not the key that this was sealed with"),
    ],
)
def test_without_its_key_it_is_refused_with_its_line(tmp_path: Path, harm: object, why: str) -> None:
    key = tmp_path / "secrets.key"
    path = tmp_path / "gstnvr.yaml"
    path.write_text(TEXT.format(folder=tmp_path, sealed=Sealer(key).seal("geheim")))
    assert callable(harm)
    harm(key)
    with pytest.raises(ConfigurationError, match=why) as refused:
        load(path)
    assert "gstnvr.yaml:8: cameras[0].main.password_sealed: " in str(refused.value)
    assert "geheim" not in str(refused.value)


def test_a_text_that_nobody_sealed(tmp_path: Path) -> None:
    sealer = Sealer(tmp_path / "secrets.key")
    sealer.seal("x")
    with pytest.raises(SecretKeyError, match="restore"):
        sealer.open("geheim")


def test_a_sealed_password_needs_a_name_and_no_other_password(tmp_path: Path) -> None:
    text = TEXT.format(folder=tmp_path, sealed="x")
    for wrong, why in (
        (text.replace("      username: admin\n", ""), "has a password but no username"),
        (text.replace("username: admin", "username: admin\n      password_env: X"), "has both"),
    ):
        with pytest.raises(ConfigurationError, match=why):
            load_text(wrong, tmp_path / "gstnvr.yaml")
