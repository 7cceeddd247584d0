"""What real recorders wrote, with a pause, an outage and a restart in it, says the same as their database did."""

import json
import time
from functools import partial
from pathlib import Path

import pytest

from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.faults import GapCause
from gstnvr.model.ids import CameraId, StreamId, StreamKind
from gstnvr.supervisor.places import DATABASE

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

PLAIN = StreamId(CameraId("plain"), StreamKind.MAIN)
SOURCES = {"plain": "pattern:180p10", "aac": "pattern:180p10:h264:aac", "pcma": "pattern:180p10:h264:pcma"}
SETTINGS = {"recording": {"segment_s": 8}, "session": {"frame_timeout_s": 3}}


def pauses_within_files(product: Product) -> int:
    with product.index() as index:
        rows = index.segments(PLAIN)
        pauses = [gap for gap in index.gaps(PLAIN) if gap.cause is GapCause.NO_PICTURES]
    return sum(any(row.start < gap.start and row.end > (gap.end or 0) for row in rows) for gap in pauses)


def test_an_index_made_from_the_files_alone_is_identical(tmp_path: Path) -> None:
    with SimulatedCameras(SOURCES) as cameras:
        urls = {name: cameras.url(name) for name in SOURCES}
        with Product(tmp_path, urls, SETTINGS) as product:

            def causes() -> list[GapCause]:
                with product.index() as index:
                    return [gap.cause for gap in index.gaps() if gap.end is not None]

            def has_more_pauses(than: int) -> bool:
                return causes().count(GapCause.NO_PICTURES) > than

            product.wait_until_recording()
            time.sleep(4)
            while not pauses_within_files(product):  # one between two files is a gap whose cause no file tells
                told = causes().count(GapCause.NO_PICTURES)
                cameras.control.do("silent", camera="plain", seconds=1.5)
                product.wait_for("the pause is entered", partial(has_more_pauses, told))
                time.sleep(4)
            cameras.control.do("silent", camera="aac", seconds=5)
            product.wait_for("the outage is entered", lambda: GapCause.NETWORK in causes())
            assert product.stop() == 0
            product.start()
            product.wait_until_recording()
            time.sleep(4)
            assert product.stop() == 0
            with product.index() as index:
                segments, gaps = len(index.segments()), len(index.gaps())
            paused = pauses_within_files(product)
            done = product.run_command("check", "--rebuild", "--json", "-c", str(product.config))
            document = json.loads(done.stdout)
            rebuilt = document["rebuilt"]["comparison"]
            print(f"{segments} segments, {gaps} gaps; {rebuilt}")
            assert rebuilt["differences"] == [], json.dumps(rebuilt["differences"], indent=1)
            assert (rebuilt["segments"], document["ok"]) == (segments, True)
            assert pauses_within_files(product) == paused
            assert len(list(product.data_dir.glob(f"{DATABASE}.before-*"))) == 1
