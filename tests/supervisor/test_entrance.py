"""The first start, the token of this machine, and what users find after a restart."""

import asyncio
import re
import ssl
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gstnvr.access.local_token import read_local_token
from gstnvr.cli.main import main
from gstnvr.lab.product import local_client
from gstnvr.supervisor.errors import StartupError
from tests.rig.certificates import make_certificate
from tests.supervisor.rig import Rig, until

PASSWORD = "correct horse battery"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    made.configure("front")
    yield made
    made.clean_up()


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 90))


def client(rig: Rig, **cookies: str) -> httpx.AsyncClient:
    base = f"http://127.0.0.1:{rig.port}/api/v1/"
    return httpx.AsyncClient(base_url=base, trust_env=False, timeout=30, cookies=cookies)


async def secret_of_link(rig: Rig) -> str:
    """That of the last start."""
    await until(lambda: rig.announced, "the link is shown")
    found = re.search(rf"http://127\.0\.0\.1:{rig.port}/setup#secret=(\S+)", rig.announced[-1])
    assert found is not None, rig.announced
    return found[1]


def test_the_link_makes_the_first_administrator_and_who_is_logged_in_stays_so(rig: Rig) -> None:
    async def scenario() -> None:
        async with rig.running():
            void = await secret_of_link(rig)
        rig.announced.clear()
        async with rig.running(), client(rig) as browser:
            wanted = {"name": "admin", "password": PASSWORD}
            assert (await browser.post("setup", json=wanted | {"secret": void})).status_code == 403
            secret = await secret_of_link(rig)
            assert (await browser.post("setup", json=wanted | {"secret": secret})).status_code == 201
            session = browser.cookies["gstnvr_session"]
        rig.announced.clear()
        async with rig.running(), client(rig, gstnvr_session=session) as browser:
            assert (await browser.get("me")).json()["name"] == "admin"
            assert (await browser.get("setup")).json() == {"needed": False}
        assert rig.announced == []

    run(scenario)


def test_programs_of_this_machine_need_no_login_and_nobody_else_reads_their_token(rig: Rig) -> None:
    async def scenario() -> None:
        async with rig.running():
            assert (rig.data_dir / "local-token").stat().st_mode & 0o777 == 0o600
            token = read_local_token(rig.data_dir)
            with local_client(f"http://127.0.0.1:{rig.port}", rig.data_dir) as programs:
                assert len((await asyncio.to_thread(programs.streams)).streams) == 1
        (rig.data_dir / "local-token").chmod(0o644)
        async with rig.running():
            assert (rig.data_dir / "local-token").stat().st_mode & 0o777 == 0o600
            assert read_local_token(rig.data_dir) not in (None, token), "others may have read the old one"

    run(scenario)


def test_commands_find_a_gstnvr_that_encrypts(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.config.write_text(
        rig.config.read_text().replace(f"port: {rig.port}", f"port: {rig.port}, tls: {{enabled: true}}")
    )
    monkeypatch.setenv("GSTNVR_CONFIG", str(rig.config))
    monkeypatch.delenv("GSTNVR_URL", raising=False)

    async def scenario() -> None:
        async with rig.running():
            assert await asyncio.to_thread(main, ["status", "--json"]) == 0
            assert '"front"' in capsys.readouterr().out
            await until(
                lambda: f"https://127.0.0.1:{rig.port}/setup#" in "".join(rig.announced), "the link is shown"
            )

    run(scenario)


def test_a_certificate_of_ones_own_is_shown(rig: Rig) -> None:
    certificate = make_certificate(rig.folder / "tls")
    certificate.key.chmod(0o600)
    tls = f"tls: {{enabled: true, certificate_file: {certificate.file}, key_file: {certificate.key}}}"
    rig.config.write_text(rig.config.read_text().replace(f"port: {rig.port}", f"port: {rig.port}, {tls}"))

    async def scenario() -> None:
        trusting = ssl.create_default_context(cafile=str(certificate.authority))
        async with rig.running(), httpx.AsyncClient(verify=trusting, trust_env=False) as strict:
            assert (await strict.get(f"https://127.0.0.1:{rig.port}/healthz")).json()["components"] == []

    run(scenario)


@pytest.mark.parametrize("wrong", ["the key of another", "a key that others may read"])
def test_a_certificate_that_cannot_be_used_is_named(rig: Rig, wrong: str) -> None:
    certificate = make_certificate(rig.folder / "tls")
    key = certificate.key if wrong.startswith("a key") else make_certificate(rig.folder / "other").key
    key.chmod(0o644 if wrong.startswith("a key") else 0o600)
    tls = f"tls: {{enabled: true, certificate_file: {certificate.file}, key_file: {key}}}"
    rig.config.write_text(rig.config.read_text().replace(f"port: {rig.port}", f"port: {rig.port}, {tls}"))

    async def scenario() -> None:
        with pytest.raises(StartupError, match=r"api\.tls.*key\.pem"):
            await rig.supervisor().run()

    run(scenario)


def test_a_proxy_of_the_settings_is_believed(rig: Rig) -> None:
    rig.config.write_text(
        rig.config.read_text().replace(f"port: {rig.port}", f"port: {rig.port}, trusted_proxies: [127.0.0.0/8]")
    )

    async def scenario() -> None:
        async with rig.running(), client(rig) as browser:
            wanted = {"secret": await secret_of_link(rig), "password": PASSWORD}
            answer = await browser.post("setup", json=wanted, headers={"x-forwarded-proto": "https"})
            assert "; secure" in answer.headers["set-cookie"].lower()

    run(scenario)
