"""Hostile cameras: ``python -m gstnvr.lab.hostile HOST CASE...``, each at a port of its own."""

import argparse
import asyncio
import json
import sys

from gstnvr.lab.hostile import CASES
from gstnvr.lab.hostile.server import serve


async def _run(host: str, names: list[str], bytes_per_s: int, first_port: int) -> None:
    cases = [CASES[name] for name in names] or list(CASES.values())
    ports = {}
    servers = []
    for number, case in enumerate(cases):
        server = await serve(case, host, first_port + number if first_port else 0, bytes_per_s)
        ports[case.name] = server.sockets[0].getsockname()[1]
        servers.append(server)
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await asyncio.gather(*(server.serve_forever() for server in servers))


def main() -> None:
    """Serve until killed; the first line tells the port of each case."""
    parser = argparse.ArgumentParser(prog="gstnvr.lab.hostile", description="Cameras that mean harm.")
    parser.add_argument("host")
    parser.add_argument("cases", nargs="*", metavar="CASE", choices=[*CASES, []], help="all if none is named")
    parser.add_argument("--port", type=int, default=0, help="of the first case; 0: any free ones")
    parser.add_argument("--bytes-per-second", type=int, default=5_000_000, help="of floods, for each connection")
    options = parser.parse_args()
    asyncio.run(_run(options.host, options.cases, options.bytes_per_second, options.port))


if __name__ == "__main__":
    main()
