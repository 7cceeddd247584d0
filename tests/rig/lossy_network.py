"""A camera at the end of a cable that drops a share of what it sends; run in a network and with mounts of its own.

Prints what the kernel dropped and what a source says was lost, as JSON.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from gstnvr.gst.runtime import initialise
from gstnvr.gst.source import RtspSource
from gstnvr.lab.cables import Cable, begin_networks
from gstnvr.lab.commands import run
from gstnvr.lab.simulated_cameras import SimulatedCameras
from gstnvr.media.units import Track
from gstnvr.model.choices import Transport
from tests.rig.source_specs import source_spec
from tests.rig.video_files import make_noise
from tests.rig.waiting import until

PORT = 8554
WITHIN_S = 40.0


def dropped() -> int:
    """Packets that matched the rule, by the kernel's own count."""
    (rule,) = (line.split() for line in run("iptables", "-vnxL", "INPUT").splitlines() if "DROP" in line)
    return int(rule[0])


async def watch(url: str, cable: Cable, share: str, packets: int) -> dict[str, object]:
    source = RtspSource(source_spec(url, transport=Transport.UDP))
    source.start(lambda _: None)
    frames = 0

    def received() -> int:
        nonlocal frames
        frames += sum(unit.track is Track.VIDEO for unit in source.pull())
        link = source.link()
        return link.packets.received if link is not None else 0

    try:
        await until(lambda: received() > 0, WITHIN_S, "first packet")
        cable.drop("-p", "udp", "-m", "statistic", "--mode", "random", "--probability", share)
        wanted = received() + packets
        await until(lambda: received() >= wanted, WITHIN_S, "packets")
        count = dropped()
        cable.let_through()
        wanted = received() + packets // 5
        await until(lambda: received() >= wanted, WITHIN_S, "packets after those that were lost")
        link = source.link()
        assert link is not None
        return {"dropped": count, "told": link.packets.lost, "received": link.packets.received, "udp": link.udp}
    finally:
        await source.stop(5)


def main(share: str, packets: str) -> None:
    initialise()
    begin_networks()
    cable = Cable("camera", 1)
    cable.lay()
    with tempfile.TemporaryDirectory() as folder:
        sources = {"yard": str(make_noise(Path(folder) / "noise.mp4"))}
        with SimulatedCameras(sources, host=cable.camera, port=PORT, prefix=cable.inside) as cameras:
            print(json.dumps(asyncio.run(watch(cameras.url("yard"), cable, share, int(packets)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
