"""Ports that nobody uses."""

import random
import socket

_NEVER_GIVEN_BY_LINUX = range(20_000, 32_000)
"""What connects meanwhile gets its own port from above, so that ours stays free until its server is up."""


def free_port() -> int:
    """One of 127.0.0.1 on which nobody listens."""
    while True:
        port = random.SystemRandom().choice(_NEVER_GIVEN_BY_LINUX)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
