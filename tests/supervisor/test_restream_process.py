"""Streams over RTSP are there when the settings want them, for whoever may watch, and for as long as he may."""

import asyncio
import contextlib
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import psutil
import pytest

from gstnvr.access.local_token import read_local_token
from gstnvr.client.accounts import AccountsClient, MadeToken
from gstnvr.config.problems import ConfigurationError
from gstnvr.db.audit import audit_lines
from gstnvr.ipc.connection import listen_for_streams
from gstnvr.ipc.live import LIVE_SUFFIX
from gstnvr.model.access import Role
from gstnvr.rtsp.digest import Credentials
from gstnvr.rtsp.message import RtspRequest, headers
from gstnvr.supervisor.places import SOCKETS
from tests.restream.rig import FORM, batch, picture
from tests.rig.live_source import LiveSource
from tests.rig.ports import free_port
from tests.rig.rtsp_viewer import Viewer, h264_frames
from tests.supervisor.rig import Rig, until

PASSWORD = "correct horse battery"
PATIENCE_S = 30.0
FAILURES = ("log_in_failed", "locked_out")
NEWS = (FORM, batch(picture(0, key=True), picture(1)))


Told = tuple[int, str]
"""Status and reason."""


class House:
    """A gstnvr with cameras ``front`` and ``yard``; its users but for ``admin`` see ``yard`` alone."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.port = free_port()
        self.source = LiveSource((rig.data_dir / SOCKETS / "recorder-0").with_suffix(LIVE_SUFFIX), NEWS)

    def configure(self, restream: str, *cameras: str, api: str = "", access: str = "") -> None:
        extra = f"restream: {{{restream}}}\naccess: {{{access}}}"
        self.rig.configure(*(cameras or ("front", "yard")), extra=extra)
        if api:
            text = self.rig.config.read_text()
            self.rig.config.write_text(text.replace(f"port: {self.rig.port}", f"port: {self.rig.port}, {api}"))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["House"]:
        """With a recorder that has pictures of all cameras."""
        async with self.rig.running():
            listener = await listen_for_streams(self.source.path, self.source.serve)
            try:
                yield self
            finally:
                await listener.close()

    def accounts(self) -> AccountsClient:
        return AccountsClient(f"http://127.0.0.1:{self.rig.port}", token=read_local_token(self.rig.data_dir))

    def token(self, user: str, *cameras: str) -> MadeToken:
        with self.accounts() as client:
            known = [one.name for one in client.users()]
            if "admin" not in known:
                client.add_user("admin", Role.ADMINISTRATOR, None, PASSWORD)
            if user not in (*known, "admin"):
                client.add_user(user, Role.VIEWER, ["yard"], PASSWORD)
            return client.add_token(user, "player", scope=Role.VIEWER, cameras=cameras or None, days=1)

    def viewer(self, token: MadeToken | Credentials, stream: str = "yard/main") -> Viewer:
        known = token if isinstance(token, Credentials) else Credentials(token.user, token.token)
        made = Viewer(f"rtsp://127.0.0.1:{self.port}/{stream}", known)
        made.answer_timeout_s = PATIENCE_S
        return made

    def describe(self, token: MadeToken | Credentials, stream: str = "yard/main") -> Told:
        with self.viewer(token, stream) as asking:
            told = asking.request("DESCRIBE")
            return told.status, told.reason

    def told(self, camera: str = "yard") -> dict[str, Any]:
        """What the API says of the stream."""
        url = f"http://127.0.0.1:{self.rig.port}/api/v1/cameras/{camera}/streams/main/restream"
        token = {"Authorization": f"Bearer {read_local_token(self.rig.data_dir)}"}
        found: dict[str, Any] = httpx.get(url, headers=token, trust_env=False, timeout=PATIENCE_S).json()
        return found

    def process(self) -> psutil.Process | None:
        for one in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "gstnvr.restream" in one.cmdline():
                    return one
        return None

    async def until_told(self, key: str, value: Any) -> None:
        """Wait until the API says so; ``...`` stands for anything but None."""
        async with asyncio.timeout(PATIENCE_S):
            while (found := (await asyncio.to_thread(self.told))[key]) != value:
                if value is ... and found is not None:
                    return
                await asyncio.sleep(0.1)

    async def listening(self) -> None:
        await until(lambda: listens(self.port), "RTSP clients can connect")


def listens(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex((host, port)) == 0


@pytest.fixture
def house(rig: Rig) -> House:
    return House(rig)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 120))


def test_it_is_there_while_and_where_the_settings_say(house: House) -> None:
    other = free_port()

    async def scenario() -> None:
        house.configure(f"port: {house.port}")
        async with house.running():
            assert await asyncio.to_thread(house.told) == {
                "url": None,
                "only_this_machine": False,
                "encrypted": False,
                "watching": 0,
                "problem": None,
            }
            assert house.process() is None
            house.configure(f"enabled: true, port: {house.port}")
            await house.listening()
            assert (await asyncio.to_thread(house.told))["url"] == f"rtsp://127.0.0.1:{house.port}/yard/main"
            house.configure(f"enabled: true, port: {other}")
            await until(lambda: listens(other), "the other port is listened at")
            assert not listens(house.port)
            house.configure(f"enabled: true, port: {other}, host: 127.0.0.2")
            await until(lambda: listens(other, "127.0.0.2"), "the other address is listened at")
            assert not listens(other)
            house.configure(f"enabled: false, port: {other}")
            await until(lambda: house.process() is None, "nothing runs when it is not wanted")

    run(scenario)


def test_beyond_this_machine_only_by_the_word_of_the_settings(house: House) -> None:
    house.configure(f"enabled: true, port: {house.port}, host: 0.0.0.0")
    with pytest.raises(ConfigurationError, match=r"(?s)restream: has host.*unencrypted: true"):
        house.rig.supervisor()
    house.configure(f"enabled: true, port: {house.port}, host: 0.0.0.0, unencrypted: true")

    async def scenario() -> None:
        async with house.running():
            await until(lambda: listens(house.port, "127.0.0.3"), "every address is listened at")
            told = await asyncio.to_thread(house.told)
            assert (told["url"], told["only_this_machine"], told["encrypted"]) == (
                f"rtsp://127.0.0.1:{house.port}/yard/main",
                False,
                False,
            )

    run(scenario)


def test_it_encrypts_with_the_certificate_of_the_api(house: House) -> None:
    house.configure(f"enabled: true, port: {house.port}, tls: true")
    with pytest.raises(ConfigurationError, match=r"restream\.tls"):
        house.rig.supervisor()
    house.configure(f"enabled: true, port: {house.port}, tls: true", api="tls: {enabled: true}")

    def ask() -> bytes:
        trusting = ssl.create_default_context(cafile=str(house.rig.data_dir / "tls" / "certificate.pem"))
        trusting.check_hostname = False
        with (
            socket.create_connection(("127.0.0.1", house.port), timeout=PATIENCE_S) as plain,
            trusting.wrap_socket(plain) as sock,
        ):
            sock.sendall(RtspRequest("OPTIONS", "*", headers([("CSeq", "1")])).encode())
            return sock.recv(1 << 16)

    async def scenario() -> None:
        async with house.running():
            await house.listening()
            assert (await asyncio.to_thread(ask)).startswith(b"RTSP/1.0 200 OK")

    run(scenario)


def test_who_may_watch_is_decided_as_for_the_api(house: House) -> None:
    house.configure(f"enabled: true, port: {house.port}, max_clients: 1", access="login_attempts: 3")

    async def scenario() -> None:
        async with house.running():
            await house.listening()
            all_cameras = await asyncio.to_thread(house.token, "admin")
            yard = await asyncio.to_thread(house.token, "lee")
            only_front = await asyncio.to_thread(house.token, "admin", "front")
            not_there, wrong = (404, "Stream Not Found"), (401, "Unauthorized")
            for token, stream, expected in (
                (all_cameras, "yard/main", (200, "OK")),
                (all_cameras, "front/main", (200, "OK")),
                (all_cameras, "front/sub", not_there),
                (all_cameras, "attic/main", not_there),
                (yard, "yard/main", (200, "OK")),
                (yard, "front/main", not_there),
                (yard, "attic/main", not_there),
                (only_front, "yard/main", not_there),
                (Credentials("nobody", yard.token), "yard/main", wrong),
                (Credentials("lee", all_cameras.token), "yard/main", wrong),
                (Credentials("lee", PASSWORD), "yard/main", wrong),
            ):
                assert await asyncio.to_thread(house.describe, token, stream) == expected, stream
            with house.viewer(yard) as first, house.viewer(all_cameras, "front/main") as second:
                await asyncio.to_thread(first.play)
                transport = ("Transport", "RTP/AVP/TCP;interleaved=0-1")
                refused = await asyncio.to_thread(second.request, "SETUP", f"{second.url}/track0", transport)
                assert refused.status == 453
            assert await asyncio.to_thread(house.describe, Credentials("lee", "guess")) == wrong
            assert (await asyncio.to_thread(house.describe, yard))[0] == 200
            status, reason = await asyncio.to_thread(house.describe, Credentials("lee", "guess"))
            assert status == 403
            assert reason.startswith("Too many attempts failed, try again in ")
        with house.rig.index() as index, index.reading() as connection:
            lines = [line for _, line in audit_lines(connection, 100) if line.action in FAILURES]
        assert [line.subject for line in reversed(lines)] == ["unknown", "lee", "lee", "lee", "lee"]
        assert [line.action for line in lines].count("locked_out") == 1
        assert {line.detail["address"] for line in lines} == {"127.0.0.1"}

    run(scenario)


def test_viewers_go_when_they_may_not_watch_any_more(house: House) -> None:
    house.configure(f"enabled: true, port: {house.port}")
    ways: dict[str, Callable[[AccountsClient, MadeToken], object]] = {
        "removed": lambda client, token: client.remove_token(token.uid),
        "gone": lambda client, _: client.remove_user("gone"),
        "moved": lambda client, _: client.change_user("moved", cameras=["front"]),
        "disabled": lambda client, _: client.change_user("disabled", enabled=False),
    }

    def withdraw(user: str, token: MadeToken) -> None:
        with house.accounts() as client:
            ways[user](client, token)

    async def scenario() -> None:
        async with house.running(), contextlib.AsyncExitStack() as stack:
            await house.listening()
            staying = await asyncio.to_thread(house.token, "admin")
            tokens = {user: await asyncio.to_thread(house.token, user) for user in ways}
            watching = {user: stack.enter_context(house.viewer(token)) for user, token in tokens.items()}
            watching["configuration"] = stack.enter_context(house.viewer(staying))
            other = stack.enter_context(house.viewer(staying, "front/main"))
            for viewer in (*watching.values(), other):
                await asyncio.to_thread(viewer.play)
            await until(lambda: house.source.viewers == 6, "all watch")
            await house.until_told("watching", 5)
            for user, token in tokens.items():
                await asyncio.to_thread(withdraw, user, token)
                assert await asyncio.to_thread(watching.pop(user).ended, PATIENCE_S), user
                await until(lambda: house.source.viewers == 1 + len(watching), "the recorder is let go of")
            house.configure(f"enabled: true, port: {house.port}", "front")
            assert await asyncio.to_thread(watching.pop("configuration").ended, PATIENCE_S)
            house.source.send(batch(picture(2)))
            frames = h264_frames(await asyncio.to_thread(other.packets, PATIENCE_S, 0, 3))
            assert len(frames) == 3, "whoever else watches notices nothing"

    run(scenario)


def test_a_process_that_dies_is_replaced_and_none_is_left_behind(house: House) -> None:
    house.configure(f"enabled: true, port: {house.port}")

    async def scenario() -> None:
        async with house.running():
            await house.listening()
            token = await asyncio.to_thread(house.token, "lee")
            with house.viewer(token) as watching:
                await asyncio.to_thread(watching.play)
                process = house.process()
                assert process is not None
                process.send_signal(signal.SIGKILL)
                assert await asyncio.to_thread(watching.ended, PATIENCE_S)
            await until(lambda: house.process() not in (None, process), "there is another one")
            await house.listening()
            await house.until_told("watching", 0)
            with house.viewer(token) as again:
                await asyncio.to_thread(again.play)
            successor = house.process()
            assert successor is not None
        assert not successor.is_running()

    run(scenario)


def test_an_address_that_is_taken_is_told_and_tried_again(house: House) -> None:
    house.configure(f"enabled: true, port: {house.port}")

    async def scenario() -> None:
        async with contextlib.AsyncExitStack() as stack:
            with socket.create_server(("127.0.0.1", house.port)):
                await stack.enter_async_context(house.running())
                await house.until_told("problem", ...)
                assert f"127.0.0.1:{house.port}" in (await asyncio.to_thread(house.told))["problem"]
            await house.listening()
            await house.until_told("problem", None)

    run(scenario)
