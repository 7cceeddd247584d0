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


def test_some_rows_of_an_earlier_run_are_renewed(
    tried: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file, document = tmp_path / "faults.json", tmp_path / "faults.md"
    write = ["--json", str(file), "--markdown", str(document)]
    assert exit_code("--only", "fin", "--only", "reset", "--only", "cable-5s", *write) == 1
    earlier = msgspec.json.decode(file.read_bytes(), type=Report)
    gone = msgspec.structs.replace(earlier.results[0], name="not in the catalogue any more")
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(earlier, results=(gone, *earlier.results))))

    monkeypatch.setattr(lab_command, "run_trials", _all_well)
    assert exit_code("--only", "reset", "--repeat", "2", "--renew", str(file), *write) == 0
    report = msgspec.json.decode(file.read_bytes(), type=Report)
    names = [result.name for result in report.results]
    assert sorted(names) == ["cable-5s", "fin", "reset", "reset"]
    assert names == sorted(names, key=[entry.name for entry in CATALOGUE].index)
    assert {result.verdict for result in report.results} == {Verdict.OK}
    assert report.date.startswith(f"{earlier.date} to ")
    assert "FAILING" not in document.read_text().partition("## In short")[2]

    monkeypatch.setattr(lab_command, "versions", lambda: msgspec.structs.replace(VERSIONS, kernel="5"))
    assert exit_code("--only", "fin", "--renew", str(file), *write) == 2
    assert "cannot be renewed, make all of it anew" in capsys.readouterr().err
    file.write_text("{")
    assert exit_code("--only", "fin", "--renew", str(file)) == 2


def _all_well(
    entries: list[FaultEntry], available: frozenset[Need], jobs: int, progress: Progress, place: Path
) -> list[TrialResult]:
    return [
        TrialResult(name=entry.name, group=entry.group, how=entry.how, verdict=Verdict.OK, expected=())
        for entry in entries
    ]


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
