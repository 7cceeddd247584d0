"""Whatever is killed with SIGKILL, whenever: what was recorded stays, and what is missing is accounted for."""

import random
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from gstnvr.lab.audit import Audit, Hole, RecordedFile, audit
from gstnvr.lab.ledger_audit import ledger_equals_audit
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.model.records import Gap

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

SOURCES = {
    "h264": "pattern:180p10",
    "h265": "pattern:180p10:h265",
    "aac": "pattern:180p10:h264:aac",
    "pcma": "pattern:180p10:h264:pcma",
    "mjpeg": "pattern:180p10:mjpeg",
}
SETTINGS = {"recording": {"segment_s": 3}}
GOP_NS = 1_000_000_000
LAST_FRAGMENT_NS = 2_000_000_000
"""A fragment of 1 s ends with a whole picture, is fed by a tick of 200 ms, and the next one is just being made."""
LONGEST_PAUSE_S = 4.0
ACCOUNTED = {GapCause.PROCESS_DIED, GapCause.CONNECTING}


@dataclass(frozen=True, slots=True)
class Found:
    """Of one camera."""

    audit: Audit
    gaps: list[Gap]


def kill_again_and_again(
    product: Product, moments: random.Random, *, recorders: int, supervisors: int
) -> list[UtcNs]:
    """Kill in random order at random moments; when recorders were killed."""
    victims = ["recorder"] * recorders + ["supervisor"] * supervisors
    moments.shuffle(victims)
    killed = []
    product.wait_until_recording()
    for victim in victims:
        time.sleep(moments.uniform(0, LONGEST_PAUSE_S))
        if victim == "supervisor":
            product.kill_supervisor()
            time.sleep(moments.uniform(0, 1))
            product.start()
            product.wait_until_recording()
        else:
            killed.append(UtcNs(time.time_ns()))
            product.wait_until_recording(not_by=product.kill_recorder())
    time.sleep(LONGEST_PAUSE_S)
    return killed


def run(folder: Path, seed: int, *, recorders: int, supervisors: int) -> tuple[list[UtcNs], dict[str, Found]]:
    """Record all cameras while processes die, end properly, check, compare."""
    print(f"seed {seed}")
    with SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        with Product(folder, urls, SETTINGS) as product:
            killed = kill_again_and_again(
                product, random.Random(seed), recorders=recorders, supervisors=supervisors
            )
            assert product.stop() == 0
            assert product.recorders() == []
            checked = product.check()
            assert checked.returncode == 0, checked.stdout + checked.stderr
            return killed, {name: found(product, cameras, name) for name in SOURCES}


def found(product: Product, cameras: SimulatedCameras, name: str) -> Found:
    stream = StreamId(CameraId(name), StreamKind.MAIN)
    with product.index() as index:
        files = [RecordedFile(product.volume / one.path, one.start) for one in index.segments(stream)]
        return Found(audit(files, cameras.control.sequence(name)), index.gaps(stream))


def check_hole(hole: Hole, killed: list[UtcNs], gaps: list[Gap]) -> float:
    """Each hole belongs to a kill and is in the ledger; how many seconds before the kill it begins."""
    kill = min(killed, key=lambda moment: abs(moment - hole.start))
    assert kill - hole.start <= LAST_FRAGMENT_NS
    assert hole.end > kill
    mine = [gap for gap in gaps if gap.cause in ACCOUNTED and gap.end is not None and gap.end > hole.start]
    mine = [gap for gap in mine if gap.start < hole.end]
    assert mine, f"no gap for {hole}"
    assert abs(mine[0].start - hole.start) <= GOP_NS
    assert abs((mine[-1].end or 0) - hole.end) <= GOP_NS
    covered = sum((gap.end or 0) - gap.start for gap in mine)
    assert abs(covered - (hole.end - hole.start)) <= GOP_NS
    return (kill - hole.start) / 1e9


def check_all(killed: list[UtcNs], all_found: dict[str, Found]) -> None:
    for name, one in all_found.items():
        result, before_s = one.audit, []
        print(f"{name}: {result.video.units}+{result.audio.units} units, {len(result.holes)} holes")
        assert (result.doubled, result.altered) == (0, 0)
        assert len(result.holes) <= len(killed)
        assert ledger_equals_audit(result, one.gaps, GOP_NS / 1e9) == []
        before_s = [check_hole(hole, killed, one.gaps) for hole in result.holes]
        longest = max((hole.seconds for hole in result.holes), default=0)
        print(f"   lost before the kill at most {max(before_s, default=0):.2f} s, longest hole {longest:.2f} s")


def new_seed() -> int:
    return random.SystemRandom().randrange(1 << 32)


def test_killed_recorders_lose_no_more_than_the_last_fragment(tmp_path: Path) -> None:
    killed, all_found = run(tmp_path, new_seed(), recorders=3, supervisors=0)
    check_all(killed, all_found)
    # A recorder that is killed again before its first fragment is whole leaves one hole with the kill before.
    assert all(one.audit.holes for one in all_found.values())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_recorders_and_twenty_supervisors_killed(tmp_path: Path) -> None:
    killed, all_found = run(tmp_path, new_seed(), recorders=20, supervisors=20)
    check_all(killed, all_found)
