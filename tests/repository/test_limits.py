"""The source keeps to its limits, and the checks of that notice when it does not."""

import pytest

from tests.repository.lints import (
    ROOT,
    files,
    gstreamer_imports,
    long_file,
    long_functions,
    name_of,
    swallowed_exceptions,
)

PYTHON_FILES = files(".py", "src", "tests", "bench")

# File -> why it may take every exception and go on. Keep it short.
MAY_SWALLOW: dict[str, str] = {
    "src/gstnvr/recorder/segments/endings.py": "a mistake at the end of one file must not leave it open for ever",
    "src/gstnvr/recorder/live/live_tap.py": "a mistake with one viewer must not stop the others",
    "src/gstnvr/recorder/segments/recording.py": "a mistake while recording must not end the recording for good",
    "src/gstnvr/recorder/stream.py": "a mistake with one camera must not stop the others of its process",
}

# Tests that compare our tables with the enums of GStreamer itself.
MAY_IMPORT_GSTREAMER = ("src/gstnvr/gst/", "tests/gst/", "bench/")


def test_files_are_short() -> None:
    assert [f"{name_of(path)} {problem}" for path in PYTHON_FILES for problem in long_file(path.read_text())] == []


def test_functions_are_short() -> None:
    assert [
        f"{name_of(path)} {wrong}" for path in PYTHON_FILES for wrong in long_functions(path.read_text())
    ] == []


def test_no_exception_is_swallowed() -> None:
    wrong = {name_of(path): swallowed_exceptions(path.read_text()) for path in PYTHON_FILES}
    assert {name: problems for name, problems in wrong.items() if problems and name not in MAY_SWALLOW} == {}


def test_every_exception_to_the_rule_is_still_needed() -> None:
    assert [name for name in MAY_SWALLOW if not swallowed_exceptions((ROOT / name).read_text())] == []


def test_gstreamer_stays_behind_one_package() -> None:
    wrong = {
        name_of(path): gstreamer_imports(path.read_text())
        for path in PYTHON_FILES
        if not name_of(path).startswith(MAY_IMPORT_GSTREAMER)
    }
    assert {name: problems for name, problems in wrong.items() if problems} == {}


def test_importing_the_package_gst_imports_nothing() -> None:
    assert (ROOT / "src/gstnvr/gst/__init__.py").read_text() == ""


# --- the checks themselves ----------------------------------------------------------------------------


def test_a_long_file_is_noticed() -> None:
    assert long_file("x = 1\n" * 400) == []
    assert long_file("x = 1\n" * 401) == ["has 401 lines, allowed are 400"]


def test_a_long_method_is_noticed() -> None:
    head = "class A:\n    async def f(self):\n"
    assert long_functions(head + "        self.x = 1\n" * 49) == []
    assert long_functions(head + "        self.x = 1\n" * 50) == ["line 2: f has 51 lines, allowed are 50"]


@pytest.mark.parametrize(
    "handler",
    [
        "except Exception:\n    pass",
        "except:\n    log()",
        "except (ValueError, BaseException) as error:\n    log(error)",
        "except Exception:\n    if x:\n        raise",
        "except Exception:\n    raise_later()",
        "except Exception as error:\n    future.set_exception(other)",
    ],
)
def test_a_swallowed_exception_is_noticed(handler: str) -> None:
    assert len(swallowed_exceptions(f"try:\n    f()\n{handler}\n")) == 1


def test_a_suppressed_exception_is_noticed() -> None:
    assert swallowed_exceptions("with contextlib.suppress(Exception):\n    f()\n") != []
    assert swallowed_exceptions("with suppress(OSError):\n    f()\n") == []


@pytest.mark.parametrize(
    "handler",
    [
        "except ValueError:\n    pass",
        "except Exception:\n    close()\n    raise",
        "except Exception as error:\n    raise Failed() from error",
        "except BaseException as error:\n    close()\n    future.set_exception(error)",
        "except BaseException:\n    if x:\n        raise\n    else:\n        raise Failed()",
    ],
)
def test_an_exception_passed_on_is_none_of_them(handler: str) -> None:
    assert swallowed_exceptions(f"try:\n    f()\n{handler}\n") == []


@pytest.mark.parametrize("line", ["import gi", "from gi.repository import Gst", "import os, gi.repository as g"])
def test_an_import_of_gstreamer_is_noticed(line: str) -> None:
    assert gstreamer_imports(f"def f():\n    {line}\n") == ["line 2: imports gi"]


@pytest.mark.parametrize("line", ["import git", "from . import gi", "from gstnvr.gst import bus"])
def test_other_imports_are_none_of_gstreamer(line: str) -> None:
    assert gstreamer_imports(line) == []
