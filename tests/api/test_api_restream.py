"""Where programs watch a stream over RTSP, as the one who asks would write it."""

import pytest

from gstnvr.api.live.ports import RestreamView
from tests.api.rig import RunningServer, World

PATH = "cameras/yard/streams/main/restream"


@pytest.mark.parametrize(
    ("view", "url", "only_here"),
    [
        (("127.0.0.1", False), "rtsp://127.0.0.1:8554/yard/main", True),
        (("localhost", False), "rtsp://127.0.0.1:8554/yard/main", True),
        (("::1", False), "rtsp://[::1]:8554/yard/main", True),
        (("192.0.2.7", False), "rtsp://192.0.2.7:8554/yard/main", False),
        (("0.0.0.0", True), "rtsps://localhost:8554/yard/main", False),
        (("::", False), "rtsp://localhost:8554/yard/main", False),
        ((None, False), None, False),
    ],
)
def test_the_address_is_that_by_which_the_one_who_asks_calls_this_machine(
    world: World, server: RunningServer, view: tuple[str | None, bool], url: str | None, only_here: bool
) -> None:
    host, encrypted = view
    world.live.restream = RestreamView(host, 8554, encrypted=encrypted, watching=3, problem="it is taken")
    port = server.server.port
    answer = server.http.get(PATH, headers={"host": f"localhost:{port}"})
    assert answer.json() == {
        "url": url,
        "only_this_machine": only_here,
        "encrypted": encrypted,
        "watching": 3,
        "problem": "it is taken",
    }


def test_of_a_stream_that_there_is(server: RunningServer) -> None:
    assert server.error("cameras/yard/streams/sub/restream")[:2] == (404, "stream_not_found")
    assert server.error("cameras/attic/streams/main/restream")[0] == 404
