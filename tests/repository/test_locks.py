"""The lock files pin what pyproject.toml asks for, with hashes and without download addresses."""

import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.repository.lints import ROOT, machine_bound_words

LOCKS = ["run", "dev", "stubs"]


def lock(name: str) -> str:
    return (ROOT / f"requirements/{name}.txt").read_text()


def pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==([\w.]+)", lock(name), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in found}


def asked_for(*groups: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = list(project["project"]["dependencies"]) if "run" in groups else []
    for group in set(groups) - {"run"}:
        lines += project["dependency-groups"][group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(
    ("name", "groups"),
    [("run", ["run", "build"]), ("dev", ["run", "build", "dev"]), ("stubs", ["stubs"])],
)
def test_lock_has_what_the_project_asks_for(name: str, groups: list[str]) -> None:
    pinned = pins(name)
    for requirement in asked_for(*groups):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not in requirements/{name}.txt: run scripts/lock"
        assert requirement.specifier.contains(version), f"{requirement} is not {version}: run scripts/lock"


def test_everything_that_runs_is_tested_in_the_same_version() -> None:
    tested = pins("dev")
    running = pins("run")
    del running["setuptools"]  # on macOS and Windows only
    assert running.items() <= tested.items()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    entries = re.split(r"^(?=\w)", lock(name), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name)) > 0
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_download_address(name: str) -> None:
    assert "://" not in lock(name)
    assert machine_bound_words(lock(name)) == []


def test_the_lock_of_the_web_client_has_hashes_and_no_addresses() -> None:
    lock_file = json.loads((ROOT / "web/package-lock.json").read_text())
    packages = {name: package for name, package in lock_file["packages"].items() if name}
    assert "node_modules/react" in packages
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
