"""``python -m bench.scale.supervised CONFIG [URL]``: what ``gstnvr run`` does, on a database of one's choice."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from gstnvr.config.load import load
from gstnvr.logs.setup import configure
from gstnvr.supervisor.supervisor import Supervisor
from gstnvr.supervisor.surroundings import Surroundings


def main(arguments: Sequence[str]) -> int:
    """Until SIGTERM."""
    configuration = load(Path(arguments[0]))
    configure("supervisor", configuration.settings.log.level)
    database = arguments[1] if len(arguments) > 1 else None
    asyncio.run(Supervisor(configuration, Surroundings(database=database)).run())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
