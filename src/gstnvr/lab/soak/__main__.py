"""``python -m gstnvr.lab.soak``: hours of random faults, and a verdict."""

import argparse
import logging
import random
import sys
import tempfile
from pathlib import Path

from gstnvr.lab.soak.drive import Drive
from gstnvr.lab.soak.kinds import RECIPES
from gstnvr.lab.soak.plan import plan
from gstnvr.lab.soak.verdict import Verdict
from gstnvr.lab.soak.world import World, camera_places, living_world

DISK_BYTES = 32 << 30
"""Nothing is deleted during a soak; the image is sparse."""


def main() -> int:
    """0: the verdict is clean; 1: it is not."""
    options = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    seconds = options.hours * 3600
    kinds = [recipe.kind for recipe in RECIPES]
    faults = plan(seed, seconds, kinds, camera_places(options.cameras), options.pause)
    logging.info("seed %d: %d faults in %g hours, %d cameras", seed, len(faults), options.hours, options.cameras)
    with (
        tempfile.TemporaryDirectory(prefix="gstnvr-soak-", dir=options.place) as folder,
        living_world(Path(folder), options.cameras, DISK_BYTES) as world,
    ):
        drive = Drive(world, faults)
        verdict: Verdict | None = None
        try:
            verdict = drive.run()
        finally:
            if options.keep is not None:
                _keep(options.keep, drive, world, verdict)
    logging.info("seed %d", seed)
    for line in verdict.lines():
        logging.info("%s", line)
    return 0 if verdict.clean else 1


def _keep(place: Path, drive: Drive, world: World, verdict: Verdict | None) -> None:
    """What hours of work have come to, also where no verdict could be drawn up."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "readings.csv").write_text("\n".join([*drive.readings.lines(), ""]))
    if verdict is None or not verdict.clean:
        world.keep(place)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/soak", description="Random faults for hours, and a verdict.")
    parser.add_argument("--hours", type=float, default=2.0, help="how long faults are made (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="the same faults at the same moments as another soak")
    parser.add_argument("--cameras", type=int, default=16, help="how many (default: %(default)s)")
    parser.add_argument(
        "--pause", type=float, default=12.0, help="mean seconds between two faults (default: %(default)s)"
    )
    parser.add_argument(
        "--place", type=Path, help="where the disk image is made (default: the temporary directory)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        help="folder for readings of memory and the like; and for log, database and segments unless it is clean",
    )
    return parser


sys.exit(main())
