"""One archive on one database, filled and measured."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from bench.scale.archive import Shape
from bench.scale.asking import (
    Answers,
    gaps_of_a_year,
    gaps_of_all_cameras,
    incidents_of_a_day,
    incidents_of_all,
    page_of_segments,
    timeline_of_a_day,
)
from bench.scale.filling import all_segments, fill, make_files
from bench.scale.passes import Pass, retention_pass
from bench.scale.running import Start, Supervised
from gstnvr.db.index import Index
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.records import Volume
from gstnvr.supervisor.places import DATABASE
from gstnvr.volume.identity import create_identity

_ASKED = 500
_ASKED_OF_SLOW = 50
_SOURCE = "pattern:180p5"


@dataclass(frozen=True, slots=True)
class Measured:
    """All of one database."""

    database: str
    bytes_used: int
    """By the database."""
    start: Start
    plan_shown_s: float
    """``gstnvr storage plan``."""
    answers: Sequence[tuple[str, Answers]]
    retention: Pass


def measure_archive(database: str, folder: Path, url: str | None, shape: Shape, recorded: int) -> Measured:
    """Fill an empty database and two volumes below an empty folder, and measure.

    Raises:
        BenchError: something did not do what it should.
    """
    volumes = [_volume(folder / name) for name in ("video1", "video2")]
    roots = {volume.uuid: Path(volume.path) for volume in volumes}
    (folder / "data").mkdir()
    where = url or folder / "data" / DATABASE
    end = UtcNs((SystemClock().utc_ns() // NS_PER_S - 60) * NS_PER_S)
    _say(f"{database}: filling with {shape.segments} segments")
    with Index.open(where) as index:
        fill(index, shape, volumes, end)
        size = _size(index)
    make_files(all_segments(shape, volumes, end), roots)
    _say(f"{database}: starting")
    names = [str(stream.camera) for stream in shape.streams[:recorded]]
    with SimulatedCameras(dict.fromkeys(names, _SOURCE)) as cameras:
        addresses = {name: cameras.url(name) for name in names}
        with Supervised(folder, list(roots.values()), addresses, url) as running:
            start = running.await_start()
            _say(f"{database}: {start}")
            began = time.monotonic()
            running.run_command("storage", "plan")
            shown = time.monotonic() - began
            answers = _ask(running, shape, end)
    _say(f"{database}: retention")
    with Index.open(where) as index:
        retention = retention_pass(index, shape, volumes)
    return Measured(database, size, start, shown, answers, retention)


def _ask(running: Supervised, shape: Shape, end: UtcNs) -> list[tuple[str, Answers]]:
    kinds = (
        ("a day's timeline of a camera", timeline_of_a_day, _ASKED),
        ("incidents of a day, one camera", incidents_of_a_day, _ASKED),
        ("incidents of a day, all cameras", incidents_of_all, _ASKED),
        ("100 segments from a moment on", page_of_segments, _ASKED),
        ("gaps of a camera, a year by day", gaps_of_a_year, _ASKED_OF_SLOW),
        ("gaps of the last day, all cameras", gaps_of_all_cameras, _ASKED_OF_SLOW),
    )
    found = []
    for name, ask, count in kinds:
        found.append((name, ask(running, shape, end, count)))
        _say(f"{name}: {found[-1][1]}")
    return found


def _volume(path: Path) -> Volume:
    path.mkdir()
    return Volume(create_identity(path, SystemClock()).uuid, str(path))


def _size(index: Index) -> int:
    with index.reading() as connection:
        if connection.dialect.name == "postgresql":
            query = "SELECT pg_database_size(current_database())"
        else:
            query = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        return int(connection.execute(text(query)).scalar_one())


def _say(what: str) -> None:
    print(what, flush=True)
