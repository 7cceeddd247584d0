"""What disks say of themselves, and what is concluded from it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.disks.history import History, read_history, write_history
from gstnvr.disks.judgement import DAY_NS, LOOK_BACK_NS, Limits, Problem, Reading, judge_disk, reading_of
from gstnvr.disks.smart import ASLEEP_STATUS, DiskState, SmartReport, parse_smart
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import Reason, Severity
from tests.disks import samples

NOW = UtcNs(1_795_262_400 * 10**9)
LIMITS = Limits(temperature_c=55, ssd_temperature_c=70, wear_percent=90)


def read(answer: dict[str, Any], device: str = "/dev/sda", status: int = 0) -> SmartReport:
    return parse_smart(device, json.dumps(answer).encode(), status)


def judge(report: SmartReport, *history: Reading, standing: frozenset[str] = frozenset()) -> list[Problem]:
    return judge_disk(report, history, LIMITS, standing, NOW)


def before(days: float, **counts: int) -> Reading:
    return Reading(UtcNs(NOW - int(days * DAY_NS)), **counts)


def test_an_ata_disk() -> None:
    report = read(samples.ata_disk(reallocated=8, pending=1, uncorrectable=2))
    assert (report.state, report.protocol, report.model) == (DiskState.READ, "ATA", "WDC WD40PURZ-85TTDY0")
    assert (report.rotates, report.passed, report.temperature_c) == (True, True, 34)
    assert (report.reallocated, report.pending, report.uncorrectable) == (8, 1, 2)
    assert (report.power_on_hours, report.wear_percent, report.media_errors) == (35_201, None, None)
    assert report.key == "WD-WCC7K0XXXXXX"


def test_an_ata_ssd_tells_its_wear_by_an_attribute_of_that_name_only() -> None:
    report = read(samples.ata_ssd(left=97))
    assert (report.rotates, report.wear_percent, report.uncorrectable) == (False, 3, 2)
    newer = samples.ata_ssd(left=97) | {"endurance_used": {"current_percent": 12}}
    assert read(newer).wear_percent == 12


def test_an_nvme_disk() -> None:
    report = read(samples.nvme_disk(used=7, spare=99, errors=3))
    assert (report.protocol, report.rotates, report.wear_percent) == ("NVMe", False, 7)
    assert (report.spare_percent, report.spare_threshold, report.media_errors) == (99, 10, 3)
    assert (report.temperature_c, report.power_on_hours) == (41, 9_312)


def test_a_scsi_disk() -> None:
    report = read(samples.scsi_disk())
    assert (report.model, report.reallocated, report.media_errors) == ("SEAGATE ST4000NM0023", 7, 3)
    assert (report.temperature_c, report.rotates, report.passed) == (33, True, True)


@pytest.mark.parametrize(
    "answer", [samples.ata_disk(), samples.ata_ssd(), samples.nvme_disk(), samples.ata_disk(reallocated=8)]
)
def test_disks_that_are_well(answer: dict[str, Any]) -> None:
    report = read(answer)
    assert judge(report, before(20, reallocated=report.reallocated or 0, uncorrectable=2)) == []
    assert judge(report) == [], "without anything to compare with"


# --- disks that do not answer -------------------------------------------------------------------------


def test_a_disk_that_sleeps_is_not_woken_and_nothing_is_concluded() -> None:
    asleep = samples.cannot_open("Device is in STANDBY mode, exit(3)", ASLEEP_STATUS)
    assert read(asleep, status=ASLEEP_STATUS).state is DiskState.ASLEEP
    assert parse_smart("/dev/sda", b"", ASLEEP_STATUS).state is DiskState.ASLEEP


@pytest.mark.parametrize(
    ("text", "status", "state"),
    [
        ("Smartctl open device: /dev/sda failed: Permission denied", 2, DiskState.FAILED),
        ("/dev/vda: Unable to detect device type", 1, DiskState.UNSUPPORTED),
        ("/dev/sdd: Unknown USB bridge [0x1234:0x5678 (0x100)]", 1, DiskState.UNSUPPORTED),
    ],
)
def test_a_disk_that_cannot_be_asked_says_why(text: str, status: int, state: DiskState) -> None:
    report = read(samples.cannot_open(text, status), status=status)
    assert (report.state, report.problem) == (state, text)


def test_a_disk_without_smart_has_nothing_to_say() -> None:
    answer = samples.ata_disk() | {"smart_support": {"available": False}}
    assert read(answer).state is DiskState.UNSUPPORTED
    assert read(samples.head("/dev/sdb", "scsi", "SCSI")).state is DiskState.UNSUPPORTED


@pytest.mark.parametrize("output", [b"", b"smartctl: not found", b"[]", b"\xff", b"null"])
def test_an_answer_that_is_none(output: bytes) -> None:
    assert parse_smart("/dev/sda", output, 0).state is DiskState.FAILED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_whatever_smartctl_says_can_be_read_and_judged(data: st.DataObject) -> None:
    answer = data.draw(st.sampled_from([samples.ata_disk(), samples.nvme_disk(), samples.scsi_disk()]))
    for key in data.draw(st.lists(st.sampled_from(sorted(answer)), unique=True, max_size=4)):
        answer[key] = data.draw(JSON)
    report = read(answer)
    if report.state is DiskState.READ:
        judge(report, before(1))


# --- what is wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (samples.ata_disk(passed=False), "says that it is failing:"),
        (samples.nvme_disk(warning=0b100), "(reliability)"),
        (samples.nvme_disk(warning=0b1), "(available_spare)"),
        (samples.nvme_disk(spare=9), "(spare 9 %, limit 10 %)"),
    ],
)
def test_a_disk_that_says_so_itself_is_failing(answer: dict[str, Any], why: str) -> None:
    (problem,) = judge(read(answer))
    assert (problem.reason, problem.severity) == (Reason.DISK_FAILING, Severity.HIGH)
    assert why in problem.message


def test_an_attribute_beyond_the_limit_of_the_vendor() -> None:
    answer = samples.ata_disk()
    answer["ata_smart_attributes"]["table"][1]["when_failed"] = "now"
    (problem,) = judge(read(answer))
    assert "(Reallocated_Sector_Ct)" in problem.message


@pytest.mark.parametrize(
    ("answer", "history", "told"),
    [
        (samples.ata_disk(pending=8), before(10, pending=0), "pending 0 to 8"),
        (samples.ata_disk(reallocated=24), before(29, reallocated=16), "reallocated 16 to 24"),
        (samples.nvme_disk(errors=5), before(1, media_errors=4), "media errors 4 to 5"),
    ],
)
def test_defects_that_grow_are_told_before_the_disk_fails(
    answer: dict[str, Any], history: Reading, told: str
) -> None:
    (problem,) = judge(read(answer), history)
    assert (problem.reason, problem.severity) == (Reason.DISK_DEFECTS, Severity.MEDIUM)
    assert told in problem.message


def test_defects_of_long_ago_are_borne_and_pending_ones_are_not() -> None:
    assert judge(read(samples.ata_disk(reallocated=24)), before(31, reallocated=0)) == []
    (problem,) = judge(read(samples.ata_disk(pending=3)), before(31, pending=3))
    assert "3 sectors that cannot be read" in problem.message


def test_a_disk_that_is_worn_is_told_before_it_fails() -> None:
    assert judge(read(samples.nvme_disk(used=89))) == []
    (problem,) = judge(read(samples.nvme_disk(used=90)))
    assert (problem.reason, problem.severity) == (Reason.DISK_WORN, Severity.MEDIUM)
    assert judge(read(samples.ata_ssd(left=4)))[0].reason is Reason.DISK_WORN


def test_each_kind_of_disk_has_its_limit_of_temperature_and_must_cool_down_to_be_well() -> None:
    assert judge(read(samples.ata_disk(celsius=54))) == []
    assert judge(read(samples.nvme_disk(celsius=69))) == []
    (hot,) = judge(read(samples.ata_disk(celsius=55)))
    assert (hot.reason, hot.severity) == (Reason.DISK_HOT, Severity.MEDIUM)
    assert judge(read(samples.nvme_disk(celsius=70)))[0].reason is Reason.DISK_HOT
    standing = frozenset({hot.code})
    assert judge(read(samples.ata_disk(celsius=53)), standing=standing) != []
    assert judge(read(samples.ata_disk(celsius=51)), standing=standing) == []


# --- history ------------------------------------------------------------------------------------------


def test_a_reading_a_day_is_remembered_for_a_month() -> None:
    history = History()
    for hour in range(40 * 24):
        history = history.with_reading("x", Reading(UtcNs(NOW + hour * DAY_NS // 24)))
    assert len(history.of("x")) == 31
    moments = [reading.at for reading in history.of("x")]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] <= LOOK_BACK_NS
    assert history.without_old(UtcNs(moments[-1] + 61 * DAY_NS)).of("x") == ()


def test_history_survives_restarts_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    path = tmp_path / "disk-readings.json"
    assert read_history(path) == History()
    history = History().with_reading("serial é", reading_of(read(samples.ata_disk(pending=3)), NOW))
    write_history(path, history)
    assert read_history(path) == history
    assert history.of("serial é")[0].pending == 3
    path.write_text("{")
    assert read_history(path) == History()
    assert replace(history) == history
