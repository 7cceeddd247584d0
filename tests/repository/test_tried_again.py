"""A test that is tried again has everything anew that its module makes."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

_CONFTEST = Path(__file__).parents[1] / "conftest.py"


def test_what_a_module_makes_is_made_anew_for_a_test_that_is_tried_again(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(_CONFTEST.read_text())
    pytester.makepyfile(
        """
        import pytest

        made = []

        @pytest.fixture(scope="module")
        def base():
            made.append("made")
            yield len(made)
            made.append("removed")

        @pytest.fixture(scope="module")
        def recording(base):
            return f"recording {base}"

        def test_first(recording):
            assert recording == "recording 3"
            assert made == ["made", "removed", "made"]

        def test_second(recording):
            assert recording == "recording 3"
        """
    )
    pytester.runpytest_subprocess("--reruns", "1", "-p", "no:cacheprovider").assert_outcomes(passed=2)
