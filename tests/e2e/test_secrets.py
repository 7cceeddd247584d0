"""Passwords are nowhere to be found: log, process list, API, database, output of commands."""

import base64
import json
import os
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gstnvr.access.local_token import read_local_token
from gstnvr.lab.product import Product
from gstnvr.lab.simulated_cameras import SimulatedCameras

pytestmark = [pytest.mark.gst, pytest.mark.e2e]

RIGHT = "r1ght pass:w@rd/%ä"
WRONG = "wr0ng+pass&word?"
INLINE = "inl1ne-p4ssword"
TARGETS = ("streams", "incidents", "recordings?camera=yard", "segments?camera=yard", "healthz", "openapi.json")


def traces(secret: str) -> Iterator[bytes]:
    """What the secret may look like."""
    raw = secret.encode()
    yield raw
    yield urllib.parse.quote(secret, safe="").encode()
    yield urllib.parse.quote_plus(secret).encode()
    yield base64.b64encode(raw)
    yield base64.b64encode(b"admin:" + raw)
    yield json.dumps(secret)[1:-1].encode()


def found_in(content: bytes) -> list[str]:
    """Secrets of which there is a trace."""
    return [s for s in (RIGHT, WRONG, INLINE) if any(trace in content for trace in traces(s))]


def configure(product: Product, cameras: SimulatedCameras, folder: Path) -> None:
    """One camera with the right password from a file, one with a wrong one from the environment."""
    secret = folder / "password"
    secret.write_text(RIGHT)
    secret.chmod(0o600)
    general = product.config.read_text().partition("cameras:")[0]
    product.config.write_text(
        f"{general}log: {{level: debug}}\ncameras:\n"
        f"  - {{id: yard, main: {{url: '{cameras.url('yard')}', username: admin, password_file: {secret}}}}}\n"
        f"  - {{id: gate, main: {{url: '{cameras.url('gate')}', username: admin, password_env: GATE_PASSWORD}}}}\n"
    )


def answers(product: Product) -> dict[str, bytes]:
    """What the API tells."""
    told = {}
    for target in TARGETS:
        token = read_local_token(product.data_dir)
        request = urllib.request.Request(
            f"{product.address}/api/v1/{target}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            told[target] = answer.read()
    return told


def outputs(product: Product, cameras: SimulatedCameras) -> dict[str, bytes]:
    """What the commands print, on both channels."""
    command = str(Path(sys.executable).with_name("gstnvr"))
    environment = {
        **os.environ,
        "GSTNVR_URL": product.address,
        "GSTNVR_CONFIG": str(product.config),
        "GATE_PASSWORD": WRONG,
    }
    told = {}
    for words in (
        ["status", "--json"],
        ["incidents", "--json"],
        ["config", "check", str(product.config)],
        ["doctor", "-c", str(product.config)],
        ["check", "-c", str(product.config)],
        ["probe", cameras.url("gate"), "--user", "admin", "--password-env", "GATE_PASSWORD"],
    ):
        result = subprocess.run(
            [command, *words],
            env=environment,
            capture_output=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        told[words[0]] = result.stdout + result.stderr
    return told


def is_unauthorized(product: Product) -> bool:
    """Whether the wrong password was refused, and the right one is good enough for a recording."""
    try:
        streams = json.loads(answers(product)["streams"])["streams"]
    except OSError:
        return False
    causes = {stream["camera"]: (stream["cause"] or {}).get("reason") for stream in streams}
    recorded = {stream["camera"]: stream["recording"] for stream in streams}
    return causes.get("gate") == "unauthorized" and recorded.get("yard") == "recording"


def test_no_password_is_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_PASSWORD", WRONG)
    sources = {"yard": "pattern:180p10", "gate": "pattern:180p10"}
    access = ("--user", "admin", "--password-env", "SIMULATED_PASSWORD")
    environment = {**os.environ, "SIMULATED_PASSWORD": RIGHT}
    with SimulatedCameras(sources, *access, environment=environment) as cameras:
        product = Product(tmp_path, sources)
        configure(product, cameras, tmp_path)
        with product:
            product.wait_for("one camera recorded, one refused", lambda: is_unauthorized(product))
            product.kill_recorder()
            product.wait_for("the same with a new recorder", lambda: is_unauthorized(product))
            product.kill_supervisor()
            product.start()
            product.wait_for("the same with a new supervisor", lambda: is_unauthorized(product))
            good = product.config.read_text()
            product.config.write_text(good.replace("rtsp://", f"rtsp://admin:{INLINE}@"))
            product.wait_for("the bad configuration is refused", lambda: "password_env" in product.log)
            product.config.write_text(good)
            searched = answers(product) | outputs(product, cameras)
            processes = psutil.process_iter(["cmdline"])  # leaves out those that end meanwhile
            commands = [" ".join(process.info["cmdline"] or ()) for process in processes]
            searched["process list"] = "\n".join(commands).encode()
            assert product.stop() == 0
        searched["log"] = product.log.encode()
        for file in product.data_dir.rglob("*"):
            if file.is_file():
                searched[str(file.relative_to(tmp_path))] = file.read_bytes()
    assert b"unauthorized" in searched["streams"], "what is searched is not empty"
    assert any("sqlite" in name for name in searched)
    assert {name: found for name, content in searched.items() if (found := found_in(content))} == {}


def test_the_search_finds_what_is_there() -> None:
    assert found_in(f"x {RIGHT} y".encode()) == [RIGHT]
    assert found_in(b"wr0ng%2Bpass%26word%3F") == [WRONG]
