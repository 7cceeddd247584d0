"""How much of a file may be lost: fragments are as long as they were asked to be."""

import asyncio
import os
from pathlib import Path

from gstnvr.container.facts import TrackKind
from gstnvr.container.scan import scan_file
from gstnvr.media.pipelines import WriterSpec
from gstnvr.media.units import VideoFormat
from gstnvr.model.choices import Container
from tests.rig.media_kits import FPS, MediaKit

SECONDS = 1.5
WITHIN_S = 5.0


def test_no_fragment_is_longer_than_the_setting(kit: MediaKit, tmp_path: Path) -> None:
    units = kit.record(SECONDS)["h264"]

    async def write(path: Path, container: Container, milliseconds: int) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC)
        form = units[0].format
        assert isinstance(form, VideoFormat)
        writer = kit.media.writer(WriterSpec(fd, container, milliseconds, form, None))
        writer.start(lambda message: None)
        writer.push(units)
        assert await writer.finish(WITHIN_S)
        os.close(fd)

    for container in Container:
        longest = {}
        for milliseconds in (300, 1000):
            path = tmp_path / f"{milliseconds}.{container}"
            asyncio.run(write(path, container, milliseconds))
            lengths = [fragment.units(TrackKind.VIDEO) for fragment in scan_file(path).fragments]
            assert sum(lengths) == len(units)
            longest[milliseconds] = max(lengths) / FPS
        assert 0.2 <= longest[300] <= 0.3 + 1 / FPS
        assert 0.6 <= longest[1000] <= 1.0 + 1 / FPS
