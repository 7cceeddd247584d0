"""Starts the simulator with GStreamer: ``python -m gstnvr.simulator cam1=pattern``."""

import logging
import sys

from gstnvr.simulator.command import EXIT_USAGE, run
from gstnvr.simulator.options import UsageError, parse_options


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        options = parse_options(sys.argv[1:])
        # Imported late: help and usage errors need no GStreamer.
        from gstnvr.gst.clip_reader import GstClipReader  # noqa: PLC0415
        from gstnvr.gst.pattern_encoder import GstPatternEncoder  # noqa: PLC0415
    except (UsageError, ImportError) as error:
        print(f"gstnvr simulate: {error}", file=sys.stderr)  # noqa: T201 - a command speaks to a person
        return EXIT_USAGE
    return run(options, GstClipReader(), GstPatternEncoder())


if __name__ == "__main__":
    sys.exit(main())
