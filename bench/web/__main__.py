"""Measures what viewers in a browser wait for: ``scripts/bench-web --help``."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.errors import BenchError
from bench.machine import describe_machine
from bench.report import replace_part
from bench.web.live import live
from bench.web.scrubbing import scrubbing
from bench.web.seeking import seeking
from bench.web.sub_streams import sub_streams
from bench.web.viewers import viewers
from tests.repository.lints import ROOT

DOCUMENT = ROOT / "docs/ref/performance.md"

PARTS: Mapping[str, Callable[[Path, bool], str]] = {
    "seek": seeking,
    "scrub": scrubbing,
    "live": live,
    "sub": sub_streams,
    "viewers": viewers,
}
"""By name, which is also that of the marks in the document: measures in an empty folder, quickly if so asked, and
tells the figures in Markdown."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the document; the exit code."""
    options = _parser().parse_args(arguments)
    try:
        for part in [options.part] if options.part else PARTS:
            measure = partial(viewers, minutes=options.minutes) if part == "viewers" else PARTS[part]
            with tempfile.TemporaryDirectory(prefix="gstnvr-web-", dir=options.folder) as folder:
                found = measure(Path(folder), options.quick)
            text = f"{describe_machine()}\n\n{found}"
            print(f"\n{text}")
            if not options.quick:
                DOCUMENT.write_text(replace_part(DOCUMENT.read_text(), part, text))
                print(f"\nwritten to {DOCUMENT.relative_to(ROOT)}")
    except BenchError as error:
        print(f"bench-web: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/bench-web", description="Measure what viewers in a browser wait for."
    )
    parser.add_argument("--part", choices=PARTS, help="only this one (default: all)")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("/dev/shm"),
        help="on a file system in memory; it is empty again afterwards (default: /dev/shm)",
    )
    parser.add_argument(
        "--minutes", type=float, default=10, help="how long viewers come and go (default: %(default)g)"
    )
    parser.add_argument("--quick", action="store_true", help="less of everything; nothing written")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
