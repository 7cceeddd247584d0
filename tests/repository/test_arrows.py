"""The contracts of .importlinter name every package, and they break when an import goes the wrong way."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repository.lints import ROOT

PACKAGES = sorted(path.parent.name for path in (ROOT / "src/gstnvr").glob("*/__init__.py"))


@pytest.fixture(scope="module")
def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def modules(contracts: configparser.ConfigParser, contract: str, key: str) -> set[str]:
    return set(contracts[f"importlinter:contract:{contract}"][key].split())


def test_every_package_has_a_contract(contracts: configparser.ConfigParser) -> None:
    named = modules(contracts, "ends", "forbidden_modules") | modules(contracts, "gstreamer", "forbidden_modules")
    for section in contracts.sections():
        named |= set(contracts[section].get("protected_modules", "").split())
    assert {f"gstnvr.{package}" for package in PACKAGES} - named == {"gstnvr.model"}


def test_no_package_is_forgotten_where_all_others_are_listed(contracts: configparser.ConfigParser) -> None:
    everything = {f"gstnvr.{package}" for package in PACKAGES}
    assert modules(contracts, "gstreamer", "source_modules") == everything - {"gstnvr.gst"}
    assert modules(contracts, "ends", "source_modules") == everything - {"gstnvr.cli", "gstnvr.testing"}


def allowed_by_contracts(contracts: configparser.ConfigParser, package: str) -> set[str]:
    """What a package may import besides model."""
    protected = [
        section["protected_modules"].strip().removeprefix("gstnvr.")
        for section in contracts.values()
        if f"gstnvr.{package}" in section.get("allowed_importers", "").split()
    ]
    from_main = f"gstnvr.{package}.__main__ ->" in contracts["importlinter:contract:gstreamer"]["ignore_imports"]
    return {*protected, *(["gst"] if from_main else [])}


def allowed_by_document() -> dict[str, set[str]]:
    text = (ROOT / "docs/design/architecture.md").read_text()
    allowed = {}
    for package, words in re.findall(r"^\| `(\w+)` \|[^|]*\|([^|\n]*)\|$", text, re.MULTILINE):
        names = set(re.findall(r"`(\w+)`", words)) - {"__main__"}
        allowed[package] = set(PACKAGES) - names - {package, "model"} if "all but" in words else names
    return allowed


def test_the_document_says_the_same(contracts: configparser.ConfigParser) -> None:
    assert allowed_by_document() == {package: allowed_by_contracts(contracts, package) for package in PACKAGES}


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("model/wrong.py", "import gstnvr.config"),
        ("session/wrong.py", "from gi.repository import Gst"),
        ("recorder/wrong.py", "from gstnvr.gst import wrong"),
        ("recorder/wrong.py", "def f() -> None:\n    import gstnvr.db"),
        ("supervisor/wrong.py", "import gstnvr.testing"),
    ],
)
def test_a_wrong_import_breaks_a_contract(tmp_path: Path, module: str, line: str) -> None:
    shutil.copytree(ROOT / "src/gstnvr", tmp_path / "gstnvr", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    (tmp_path / "gstnvr/gst/wrong.py").touch()
    (tmp_path / "gstnvr" / module).write_text(f"{line}\n")
    lint = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as c; c()"
    result = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert f"gstnvr.{module.removesuffix('.py').replace('/', '.')} -> " in result.stdout
