"""What ``scripts/bench-scale`` measures is what the product would have written."""

from pathlib import Path

from bench.scale.archive import DAY_NS, Shape
from bench.scale.filling import all_segments, fill, make_files
from gstnvr.db.incidents import IncidentFilter
from gstnvr.db.index import Index
from gstnvr.db.protections import protections
from gstnvr.db.stored import wrong_hours
from gstnvr.model.clock import NS_PER_S, SystemClock, UtcNs
from gstnvr.model.faults import GapCause
from gstnvr.model.records import Volume
from gstnvr.storage.reconcile import reconcile
from gstnvr.volume.identity import create_identity

SHAPE = Shape(segments=3200, cameras=2, days=3)


def made_volume(path: Path) -> Volume:
    path.mkdir()
    return Volume(create_identity(path, SystemClock()).uuid, str(path))


def test_its_rows_and_files_are_in_order(tmp_path: Path) -> None:
    volumes = [made_volume(tmp_path / name) for name in ("one", "two")]
    end = UtcNs(SystemClock().utc_ns() // NS_PER_S * NS_PER_S)
    with Index.open(tmp_path / "index.db") as index:
        fill(index, SHAPE, volumes, end)
        roots = {volume.uuid: Path(volume.path) for volume in volumes}
        assert make_files(all_segments(SHAPE, volumes, end), roots) == SHAPE.segments
        for stream in SHAPE.streams:
            assert index.disagreements(stream) == []
            assert len(index.segments(stream)) == SHAPE.segments // SHAPE.cameras
            causes = {gap.cause for gap in index.gaps(stream, UtcNs(end - 3 * DAY_NS))}
            assert causes - {GapCause.STORAGE} == {GapCause.NETWORK, GapCause.DELETED, GapCause.SHUTDOWN}
            assert len(index.incidents(IncidentFilter(stream.camera))) == SHAPE.days * SHAPE.faults_per_day
        with index.reading() as connection:
            assert wrong_hours(connection) == []
            assert len(protections(connection)) == 5 * SHAPE.cameras
        assert reconcile(index, volumes, now=UtcNs(end + NS_PER_S)) == []
