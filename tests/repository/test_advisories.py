"""What the audit of dependencies makes of the reports of its tools."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.repository.advisories import EXCEPTIONS, Weakness, exceptions, left, of_npm, of_pip
from tests.repository.lints import ROOT

SOUND: dict[str, Any] = {"dependencies": [{"name": "h11", "version": "0.16.0", "vulns": []}]}
FOUND = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"], "fix_versions": ["0.17.0"]}
WEAK: dict[str, Any] = {"dependencies": [{"name": "h11", "version": "0.16.0", "vulns": [FOUND]}]}
UNKNOWN: dict[str, Any] = {"dependencies": [{"name": "h11", "skip_reason": "not found"}]}
NPM_SOUND: dict[str, Any] = {"vulnerabilities": {}}
CAUSE = {"url": "https://github.com/advisories/GHSA-dddd-eeee-ffff", "title": "reads too much"}
NPM_WEAK: dict[str, Any] = {"vulnerabilities": {"vite": {"via": [CAUSE]}, "vitest": {"via": ["vite"]}}}
REFUSED: dict[str, Any] = {"message": "405 Method Not Allowed", "error": {"code": "EAUDIT"}}


@pytest.mark.parametrize(
    ("pip", "npm", "code", "said"),
    [
        (SOUND, NPM_SOUND, 0, ""),
        (WEAK, NPM_SOUND, 1, "h11 0.16.0: CVE-2026-1, GHSA-aaaa-bbbb-cccc, PYSEC-2026-1: mended in 0.17.0"),
        (SOUND, NPM_WEAK, 1, "vite: GHSA-dddd-eeee-ffff: reads too much"),
        (UNKNOWN, NPM_SOUND, 3, "cannot be asked from here: h11: not found"),
        (SOUND, REFUSED, 3, "cannot be asked from here: npm: 405 Method Not Allowed"),
        (None, NPM_SOUND, 3, "cannot be asked from here: pip-audit: no report"),
        (SOUND, None, 3, "cannot be asked from here: npm: no report"),
    ],
)
def test_the_script_tells_what_is_weak_and_what_is_not_known(
    tmp_path: Path, pip: Any, npm: Any, code: int, said: str
) -> None:
    """With tools that give these reports, or fail."""
    tools = {}
    for name, report in (("PIP_AUDIT", pip), ("NPM", npm)):
        tool = tmp_path / name
        report_file = tmp_path / f"{name}.json"
        report_file.write_text("" if report is None else json.dumps(report))
        tool.write_text(f"#!/bin/sh\ncat {report_file}\nexit 1\n")
        tool.chmod(0o755)
        tools[name] = str(tool)
    script = [ROOT / "scripts/audit-dependencies"]
    done = subprocess.run(script, env=os.environ | tools, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def test_an_exception_explains_one_name_of_a_weakness_and_is_said_to_be_needless() -> None:
    found = [*of_pip(WEAK), *of_npm(NPM_WEAK)]
    known = exceptions("# why\nCVE-2026-1 only clients are concerned\nCVE-2020-9 long gone\n")
    assert left(found, known) == (
        [Weakness("vite", frozenset({"GHSA-dddd-eeee-ffff"}), "reads too much")],
        {"CVE-2020-9"},
    )


def test_every_exception_has_a_name_and_a_reason() -> None:
    for name, reason in exceptions(EXCEPTIONS.read_text()).items():
        assert name.startswith(("GHSA-", "CVE-", "PYSEC-")), name
        assert len(reason) > 20, name
