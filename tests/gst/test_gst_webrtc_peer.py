"""Who watches over WebRTC is answered with what is known of this machine, and routers are left alone."""

import json
import os
import subprocess
import sys

import pytest

from gstnvr.lab.capabilities import contained

pytestmark = [
    pytest.mark.gst,
    pytest.mark.e2e,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
]


def test_no_port_of_a_router_is_asked_for() -> None:
    command = [*contained(), sys.executable, "-m", "tests.rig.asked_routers"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["candidates"]
    assert found["looked_for"] == []
    assert "CRITICAL" not in done.stderr
