"""Measures a large archive: ``scripts/bench-scale --help``."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.errors import BenchError
from bench.machine import describe_machine
from bench.report import replace_part
from bench.scale.archive import Shape
from bench.scale.crowd import delete_beside_recording
from bench.scale.measuring import measure_archive
from bench.scale.report import crowd_table, table
from gstnvr.lab.postgresql import postgresql, programs
from tests.repository.lints import ROOT

DOCUMENT = ROOT / "docs/ref/performance.md"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the document; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        text, part = _deletion(options) if options.deletion else _archive(options)
        text = f"{describe_machine()}\n\n{text}"
        print(f"\n{text}")
        if not options.quick:
            DOCUMENT.write_text(replace_part(DOCUMENT.read_text(), part, text))
            print(f"\nwritten to {DOCUMENT.relative_to(ROOT)}")
    except BenchError as error:
        print(f"bench-scale: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench-scale",
        description="Measure an archive of a million segments, on SQLite and on PostgreSQL.",
    )
    parser.add_argument("--segments", type=int, help="in the archive (default: 1,000,000)")
    parser.add_argument("--cameras", type=int, help="recorded at the start, of 64 in the archive (default: 64)")
    parser.add_argument(
        "--databases", default="sqlite,postgresql", help="which of them (default: sqlite,postgresql)"
    )
    parser.add_argument(
        "--deletion", action="store_true", help="instead: delete 100,000 files beside 8 cameras that are recorded"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("/dev/shm"),
        help="on a file system in memory; it is empty again afterwards (default: /dev/shm)",
    )
    parser.add_argument("--quick", action="store_true", help="20,000 segments, 8 cameras; nothing written")
    return parser


def _archive(options: argparse.Namespace) -> tuple[str, str]:
    shape = Shape(segments=options.segments or (20_000 if options.quick else 1_000_000))
    recorded = options.cameras or (8 if options.quick else shape.cameras)
    results = []
    for database in options.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="gstnvr-scale-", dir=options.folder) as folder:
            if database == "sqlite":
                results.append(measure_archive(database, Path(folder), None, shape, recorded))
            elif database != "postgresql":
                raise BenchError(f"--databases takes sqlite and postgresql, not {database!r}")
            elif programs() is None:
                raise BenchError("PostgreSQL is not installed: apt-get install postgresql")
            else:
                with postgresql() as url:
                    results.append(measure_archive(database, Path(folder), url, shape, recorded))
    return table(results, shape, recorded), "scale"


def _deletion(options: argparse.Namespace) -> tuple[str, str]:
    with tempfile.TemporaryDirectory(prefix="gstnvr-scale-", dir=options.folder) as folder:
        found = delete_beside_recording(Path(folder), 2000 if options.quick else 100_000)
    return crowd_table(found), "deletion"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
