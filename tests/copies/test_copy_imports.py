"""What makes copies is for those who want copies, and only for the process that makes them."""

import subprocess
import sys

import pytest

HEAVY = {"adlfs", "aiohttp", "asyncssh", "azure", "botocore", "fsspec", "gcsfs", "google", "s3fs"}


@pytest.mark.parametrize(
    "module", ["gstnvr.supervisor.supervisor", "gstnvr.copies.service", "gstnvr.cli.commands.copies"]
)
def test_libraries_of_places_are_not_imported_without_a_place(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{name.partition('.')[0] for name in sys.modules}} & {HEAVY!r}))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == "[]"
