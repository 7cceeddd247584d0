"""The document says what was found."""

import msgspec
import pytest

from gstnvr.lab.entries import Family
from gstnvr.lab.report import markdown
from gstnvr.lab.results import Report, TrialResult, Verdict, Versions

VERSIONS = Versions(gstnvr="1.2.3", gstreamer="1.22.0", python="3.11.2", kernel="6.1.0")
STALL = Family.SILENT_STALL.value


def result(name: str = "frozen", verdict: Verdict = Verdict.OK, noticed_s: float = 2.0) -> TrialResult:
    return TrialResult(
        name=name,
        group="connection",
        how="camera | frozen",
        verdict=verdict,
        expected=("RTSP_NETWORK/video_stalled",),
        called=("RTSP_NETWORK/video_stalled",),
        noticed_s=noticed_s,
        back_s=-0.001,
        lost_frames=55,
        lost_s=5.5,
        ledger_s=5.4,
        problems=() if verdict is Verdict.OK else ("something\nwas wrong",),
        families=(STALL,),
    )


def document(*results: TrialResult) -> str:
    return markdown(Report("2026-01-02 03:04", VERSIONS, results))


def rows(text: str) -> list[list[str]]:
    """Cells of the rows that tell of a fault."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_a_row_has_every_figure() -> None:
    (row,) = rows(document(result()))
    assert row == [
        "`frozen`",
        "camera \\| frozen",
        "2.00",
        "RTSP_NETWORK/video_stalled",
        "RTSP_NETWORK/video_stalled",
        "0.00",
        "55, 5.50 s",
        "5.40",
        "ok",
    ]


def test_date_and_versions_are_told() -> None:
    text = document(result())
    assert "2026-01-02 03:04 UTC; gstnvr 1.2.3, GStreamer 1.22.0, Python 3.11.2, Linux 6.1.0." in text
    assert "1 rows in 1 trials: 1 ok, 0 FAILING, 0 skipped." in text


def test_what_fails_stands_in_the_table_with_its_reason() -> None:
    text = document(result(), result("deaf", Verdict.FAILING))
    assert [row[-1] for row in rows(text)] == ["ok", "FAILING"]
    assert "- **deaf**: something was wrong" in text


def test_what_was_skipped_is_told() -> None:
    skipped = TrialResult(
        name="cable",
        group="connection",
        how="cable pulled",
        verdict=Verdict.SKIPPED,
        expected=(),
        problems=("needs root",),
    )
    text = document(skipped)
    assert rows(text)[0][2:] == ["-", "-", "no incident", "-", "-", "-", "skipped"]
    assert "- cable: needs root" in text


def test_trials_of_one_fault_become_its_worst_row() -> None:
    text = document(result(noticed_s=2.0), result(noticed_s=2.2, verdict=Verdict.FAILING), result(noticed_s=2.1))
    (row,) = rows(text)
    assert (row[2], row[-1]) == ("2.20", "FAILING")
    assert "- **frozen**: 1 of 3 trials: something was wrong" in text


def test_families_are_summed_up() -> None:
    text = document(*(result(noticed_s=figure) for figure in (2.0, 2.1, 2.2)))
    assert f"| {STALL} | 3 | 2.10 | 2.20 | median 2.0, worst 2.3 |" in text


@pytest.mark.parametrize("verdict", [Verdict.OK, Verdict.FAILING])
def test_json_is_read_back_the_same(verdict: Verdict) -> None:
    report = Report("2026-01-02 03:04", VERSIONS, (result(verdict=verdict),))
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
