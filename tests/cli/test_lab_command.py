"""``gstnvr lab``: what is chosen, what is written, and the exit code."""

import tempfile
from pathlib import Path

import msgspec
import pytest

from gstnvr.cli.commands import lab as lab_command
from gstnvr.cli.main import main
from gstnvr.lab.catalogue import CATALOGUE
from gstnvr.lab.entries import FaultEntry, Need
from gstnvr.lab.judge import expected_callings
from gstnvr.lab.results import Report, TrialResult, Verdict, Versions
from gstnvr.lab.runner import Progress, repeated

VERSIONS = Versions(gstnvr="1", gstreamer="2", python="3", kernel="4")


def exit_code(*arguments: str) -> int:
    return main(["lab", *arguments])


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Names of entries that would have been tried; that of ``reset`` fails."""
    names: list[str] = []

    def pretend(
        entries: list[FaultEntry], available: frozenset[Need], jobs: int, progress: Progress, place: Path
    ) -> list[TrialResult]:
        names.extend(entry.name for entry in entries)
        results = [
            TrialResult(
                name=entry.name,
                group=entry.group,
                how=entry.how,
                verdict=Verdict.FAILING if entry.name == "reset" else Verdict.OK,
                expected=expected_callings(entry),
                problems=("not noticed",) if entry.name == "reset" else (),
            )
            for entry in entries
        ]
        for number, result in enumerate(results, start=1):
            progress(result, number, len(results))
        return results

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(lab_command, "run_trials", pretend)
    monkeypatch.setattr(lab_command, "available", lambda: frozenset(Need))
    monkeypatch.setattr(lab_command, "versions", lambda: VERSIONS)
    return names


def test_the_catalogue_is_listed_and_nothing_is_tried(
    tried: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("--list") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(CATALOGUE)
    assert tried == []


def test_entries_are_chosen_by_name_and_group(tried: list[str]) -> None:
    assert exit_code("--only", "fin", "--only", "cable-5*") == 0
    assert tried == ["fin", "cable-5s"]
    tried.clear()
    exit_code("--group", "clock")
    assert tried == [entry.name for entry in CATALOGUE if entry.group == "clock"]


def test_nobody_is_chosen(tried: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--only", "nonsense") == 2
    assert "gstnvr lab --list" in capsys.readouterr().err


def test_what_fails_is_shown_and_ends_with_code_1(tried: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("--only", "reset") == 1
    output = capsys.readouterr().out
    assert "FAILING  reset" in output
    assert "not noticed" in output
    assert "logs of those that fail are in" in output


def test_results_are_written(tried: list[str], tmp_path: Path) -> None:
    assert (
        exit_code("--only", "fin", "--json", str(tmp_path / "x.json"), "--markdown", str(tmp_path / "x.md")) == 0
    )
    report = msgspec.json.decode((tmp_path / "x.json").read_bytes(), type=Report)
    assert [one.name for one in report.results] == ["fin"]
    assert report.versions == VERSIONS
    assert "| `fin` |" in (tmp_path / "x.md").read_text()


def test_only_those_that_are_timed_are_repeated(tried: list[str]) -> None:
    assert exit_code("--only", "fin", "--only", "not-yaml", "--repeat", "3") == 0
    assert tried == ["fin", "fin", "fin", "not-yaml"]
    assert repeated([], 3) == []
