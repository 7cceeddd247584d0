"""The control socket: one JSON document a line in, one a line out."""

import asyncio
import json
import os
import stat
from pathlib import Path
from typing import Any

from gstnvr.media.clips import ClipError
from gstnvr.simulator.behaviour import Misbehaviour, OrderError, make_order
from gstnvr.simulator.server import Server
from gstnvr.simulator.sources import SourceError


class ControlServer:
    """Listens on a Unix socket that only its owner may use."""

    def __init__(self, server: Server, path: Path) -> None:
        self._server = server
        self._path = path
        self._listener: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; a socket left over by a simulator that is gone is replaced.

        Raises:
            OSError: the path cannot be used.
        """
        if self._path.exists() and stat.S_ISSOCK(self._path.stat().st_mode):
            self._path.unlink()
        mask = os.umask(0o177)
        try:
            self._listener = await asyncio.start_unix_server(self._serve, self._path)
        finally:
            os.umask(mask)

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # the client left; an order that it gave stays in force
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            return {"ok": True, **await self._obey(json.loads(line))}
        except (OrderError, SourceError, ClipError) as error:
            return {"ok": False, "error": str(error)}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return {"ok": False, "error": f'not an order, as in {{"do": "silent", "camera": "cam1"}}: {error!r}'}

    async def _obey(self, order: dict[str, Any]) -> dict[str, object]:
        what, camera = order["do"], order.get("camera", "*")
        if what == "status":
            return self._status()
        if what == "sequence":
            return self._sequence(camera)
        if what == "clear":
            fault = order.get("fault")
            self._server.clear(camera, [Misbehaviour(fault)] if fault else list(Misbehaviour))
            return {}
        await self._server.obey(make_order(what, camera, str(order.get("value", "")), order.get("for")))
        return {}

    def _status(self) -> dict[str, object]:
        return {
            "cameras": {
                mount: {
                    "clients": self._server.clients(camera),
                    "frames_sent": camera.video_units_sent,
                    "faults": camera.active,
                    "packets": camera.packets_numbered,
                    "packets_dropped": camera.packets_dropped,
                }
                for mount, camera in self._server.cameras.items()
            },
            "worst_late_ms": self._server.take_worst_late_ns() / 1e6,
            "most_setting_up": self._server.take_most_setting_up(),
        }

    def _sequence(self, name: str) -> dict[str, object]:
        clip = self._server.chosen(name)[0].clip
        return {
            "video_codec": clip.video.codec,
            "audio_codec": None if clip.audio is None else clip.audio.codec,
            "length_ns": clip.length,
            "video": [unit.digest.hex() for unit in clip.video.units],
            "keys": [unit.key for unit in clip.video.units],
            "audio": [] if clip.audio is None else [unit.digest.hex() for unit in clip.audio.units],
        }
