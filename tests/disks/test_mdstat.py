"""Software RAID as the kernel tells of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gstnvr.disks.judgement import judge_arrays
from gstnvr.disks.mdstat import Sync, SyncAction, parse_mdstat
from gstnvr.model.faults import Severity
from tests.disks import samples


def test_arrays_that_are_well() -> None:
    first, second = parse_mdstat(samples.HEALTHY)
    assert (first.name, first.level, first.active, first.wanted, first.working) == ("md1", "raid1", True, 2, 2)
    assert [member.device for member in first.members] == ["sdb2", "sda2"]
    assert second.name == "md0"
    assert judge_arrays([first, second]) == []


def test_a_member_that_failed() -> None:
    (array,) = parse_mdstat(samples.FAILED_MEMBER)
    assert (array.level, array.failed, array.missing) == ("raid5", ("sdd1",), 1)
    (problem,) = judge_arrays([array])
    assert problem.severity is Severity.HIGH
    assert "md0 (raid5) works with 2 of 3 disks (sdd1 failed)" in problem.message


def test_a_member_that_is_not_there() -> None:
    (array,) = parse_mdstat(samples.MISSING_MEMBER)
    assert (array.failed, array.missing) == ((), 1)
    assert judge_arrays([array])[0].severity is Severity.HIGH


def test_an_array_that_is_rebuilt_tells_how_far_it_is() -> None:
    (array,) = parse_mdstat(samples.RECOVERING)
    assert array.sync == Sync(SyncAction.RECOVERY, 16.5, 263.1 * 60)
    (problem,) = judge_arrays([array])
    assert problem.severity is Severity.MEDIUM
    assert "being rebuilt" in problem.message
    further = parse_mdstat(samples.RECOVERING.replace("16.5%", "80.1%"))
    assert judge_arrays(further) == [problem], "not another message every minute"


def test_many_states_side_by_side() -> None:
    arrays = {array.name: array for array in parse_mdstat(samples.SEVERAL)}
    assert list(arrays) == ["md5", "md4", "md3", "md2", "md126", "md127", "md6", "md7"]
    assert arrays["md5"].sync == Sync(SyncAction.CHECK, 8.6, 312.0 * 60)
    assert arrays["md4"].read_only
    assert arrays["md4"].sync == Sync(SyncAction.RESYNC, None)
    assert (arrays["md3"].active, arrays["md3"].level) == (False, None)
    assert all(member.spare for member in arrays["md3"].members)
    assert (arrays["md2"].level, arrays["md2"].wanted, arrays["md2"].missing) == ("raid0", None, 0)
    assert arrays["md126"].sync == Sync(SyncAction.RESYNC, None)
    assert arrays["md127"].external
    assert arrays["md6"].sync == Sync(SyncAction.RESHAPE, 12.0, 99.9 * 60)
    assert arrays["md7"].broken
    assert [(problem.code, problem.severity) for problem in judge_arrays(list(arrays.values()))] == [
        ("array md3", Severity.HIGH),
        ("array md7", Severity.HIGH),
    ]


def test_a_spare_that_took_over_leaves_something_to_do() -> None:
    (problem,) = judge_arrays(parse_mdstat(samples.SPARE_TOOK_OVER))
    assert problem.severity is Severity.MEDIUM
    assert "sdb1 failed" in problem.message


@pytest.mark.parametrize("text", ["", "Personalities : \nunused devices: <none>\n", "md0 : active\n", "md0 :"])
def test_a_machine_without_arrays_has_nothing_wrong(text: str) -> None:
    assert judge_arrays(parse_mdstat(text)) == []


@given(st.text(st.sampled_from("md0 :activeraid[]()U_F/=.%\n rcovyhkEPDING12"), max_size=200))
def test_whatever_the_kernel_says_can_be_read(text: str) -> None:
    judge_arrays(parse_mdstat(text))
