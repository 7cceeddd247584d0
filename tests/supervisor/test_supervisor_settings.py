"""A change of settings over the API is in force when it is answered."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from gstnvr.access.local_token import read_local_token
from tests.supervisor.rig import Rig


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))


def test_a_camera_that_is_entered_is_in_force(rig: Rig) -> None:
    rig.configure("front")

    async def scenario() -> None:
        async with rig.running() as supervisor, httpx.AsyncClient(trust_env=False, timeout=60) as http:
            http.headers["authorization"] = f"Bearer {read_local_token(rig.data_dir)}"
            url = f"http://127.0.0.1:{rig.port}/api/v1/settings"
            read = (await http.get(url)).json()
            patch = {"cameras": {"yard": {"main": {"url": "rtsp://127.0.0.1/yard"}}}}
            answer = await http.patch(url, json={"settings": patch, "digest": read["digest"]})
            assert answer.status_code == 200, answer.text
            assert answer.json()["applied"]
            assert [camera.id for camera in supervisor.settings.cameras] == ["front", "yard"]
            refused = await http.patch(url, json={"settings": {"colour": "red"}})
            assert refused.status_code == 422
            assert [camera.id for camera in supervisor.settings.cameras] == ["front", "yard"]

    run(scenario)
