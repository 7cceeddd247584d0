"""What a source says was lost is what the kernel dropped on the way."""

import json
import os
import subprocess
import sys

import pytest

from gstnvr.lab.capabilities import contained

pytestmark = [
    pytest.mark.gst,
    pytest.mark.e2e,
    pytest.mark.faults,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
]


MOST_OF_OUR_OWN = 0.01


@pytest.mark.parametrize("share", ["0.02", "0.2"])
def test_lost_datagrams_are_told(share: str) -> None:
    command = [*contained(), sys.executable, "-m", "tests.rig.lossy_network", share, "10000"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    print(found)
    assert found["udp"]
    # A datagram of RTCP may be among those that were dropped, and a busy machine loses some of its own.
    assert found["dropped"] - 3 <= found["told"] <= found["dropped"] + MOST_OF_OUR_OWN * found["received"]
    assert found["dropped"] > 0
