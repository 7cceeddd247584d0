"""Our names of error codes are GStreamer's names."""

import json
import subprocess
import sys
from enum import StrEnum

import pytest

from gstnvr.media.messages import CoreCode, LibraryCode, ResourceCode, StreamCode

_LIST_NAMES = """
import json
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
kinds = (Gst.CoreError, Gst.LibraryError, Gst.ResourceError, Gst.StreamError)
values = {kind.__name__: [value.value_nick for value in kind.__enum_values__.values()] for kind in kinds}
print(json.dumps(values))
"""


@pytest.fixture(scope="module")
def gst_names() -> dict[str, set[str]]:
    """Names by kind; asked of another process, because ``gi`` belongs to the gst package alone."""
    done = subprocess.run([sys.executable, "-c", _LIST_NAMES], capture_output=True, text=True, check=True)
    nicks: dict[str, list[str]] = json.loads(done.stdout)
    return {
        kind: {nick.upper().replace("-", "_") for nick in names} - {"NUM_ERRORS"} for kind, names in nicks.items()
    }


@pytest.mark.gst
@pytest.mark.parametrize(
    ("kind", "ours"),
    [
        ("CoreError", CoreCode),
        ("LibraryError", LibraryCode),
        ("ResourceError", ResourceCode),
        ("StreamError", StreamCode),
    ],
)
def test_names_are_those_of_gstreamer(kind: str, ours: type[StrEnum], gst_names: dict[str, set[str]]) -> None:
    assert {code.value for code in ours} == gst_names[kind]
    assert all(code.name == code.value for code in ours)
