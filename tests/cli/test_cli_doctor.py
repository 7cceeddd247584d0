"""``gstnvr doctor`` finds what is wrong and says what to do."""

import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from gstnvr.cli.exit_codes import ExitCode
from gstnvr.cli.main import main
from gstnvr.config.settings import Settings
from gstnvr.doctor import examination, folders, machine, software
from gstnvr.doctor.examination import within
from gstnvr.model.clock import SystemClock
from gstnvr.model.findings import CheckState, Finding, ok
from gstnvr.volume.identity import IDENTITY_FILE, create_identity


def settings(tmp_path: Path, **sections: Any) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": str(tmp_path / "data"),
            "storage": {"volumes": [{"path": str(tmp_path / "video")}], "min_free_mb": 1},
            **sections,
        }
    )


def worst(findings: list[Finding]) -> Finding:
    order = [CheckState.OK, CheckState.WARNING, CheckState.FAILED]
    return max(findings, key=lambda finding: order.index(finding.state))


def doctor(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [Path(sys.executable).parent / "gstnvr", "doctor", "--json", *arguments],
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        timeout=100,
        check=False,
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def named(document: dict[str, Any], name: str) -> list[dict[str, str]]:
    return [check for check in document["checks"] if check["name"] == name]


# --- GStreamer ----------------------------------------------------------------------------------------


@pytest.mark.gst
def test_a_missing_element_is_one_line_with_its_package(tmp_path: Path) -> None:
    plugins = Path(installed_plugin_folder())
    for plugin in plugins.glob("libgst*.so"):
        wanted = ("coreelements", "app", "isomp4", "matroska", "rtp", "rtpmanager", "udp", "opus", "audioparsers")
        if plugin.name in {f"libgst{name}.so" for name in wanted}:
            (tmp_path / plugin.name).symlink_to(plugin)
    environment = {
        "GST_PLUGIN_SYSTEM_PATH_1_0": str(tmp_path),
        "GST_PLUGIN_PATH_1_0": "",
        "GST_REGISTRY_1_0": str(tmp_path / "registry"),
    }
    code, document = doctor(env=environment)
    assert code == ExitCode.PROBLEMS
    (check,) = [check for check in named(document, "elements") if "rtspsrc" in check["found"]]
    assert check == {
        "name": "elements",
        "state": "failed",
        "found": "GStreamer has no element rtspsrc, needed for recording",
        "advice": "install it: apt-get install gstreamer1.0-plugins-good",
    }
    (optional,) = [check for check in named(document, "elements") if "openh264enc" in check["found"]]
    assert optional["state"] == "warning"
    assert "openh264enc or x264enc" in optional["found"]


@pytest.mark.gst
def test_without_tls_its_package_is_named(tmp_path: Path) -> None:
    _, document = doctor(env={"GIO_MODULE_DIR": str(tmp_path)})
    (check,) = named(document, "TLS")
    assert check["state"] == "warning"
    assert check["advice"] == "install it: apt-get install glib-networking"


def installed_plugin_folder() -> str:
    program = (
        "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None);"
        "print(Gst.Registry.get().find_plugin('coreelements').get_filename())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return str(Path(done.stdout.strip()).parent)


@pytest.mark.gst
def test_this_machine_has_what_recording_needs() -> None:
    _, document = doctor()
    assert [check["found"] for check in named(document, "elements") if check["state"] == "failed"] == []
    (gstreamer,) = named(document, "GStreamer")
    assert gstreamer["state"] == "ok"


@pytest.mark.parametrize(
    ("helper", "found"),
    [
        ("import os; os.abort()", "it crashed while starting (signal 6)"),
        ("raise ImportError('no gi')", "it does not start: ImportError: no gi"),
        ("import time; time.sleep(60)", "it did not start within 0.5 seconds"),
        ('print(\'{"problem": "install python3-gi"}\')', "install python3-gi"),
    ],
)
def test_a_gstreamer_that_does_not_start(
    helper: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_inventory.py").write_text(helper)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("gstnvr.doctor.software.INVENTORY", "broken_inventory")
    if "sleep" in helper:
        monkeypatch.setattr("gstnvr.doctor.software._INVENTORY_TIMEOUT_S", 0.5)
    finding = worst(list(software.check_software()))
    assert (finding.name, finding.state, finding.found) == ("GStreamer", CheckState.FAILED, found)
    assert finding.advice


# --- configuration ------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "check_software", lambda: iter([ok("GStreamer", "not looked at")]))


@pytest.mark.usefixtures("quick")
def test_a_wrong_configuration_is_told_and_the_rest_still_checked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gstnvr.yaml"
    file.write_text("storag: 5\n")
    assert main(["doctor", "-c", str(file)]) == ExitCode.PROBLEMS
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("ok       GStreamer") for line in lines)
    assert any(
        line.startswith(f"failed   configuration: {file}:1: storag: unknown key; did you") for line in lines
    )


@pytest.mark.usefixtures("quick")
def test_passwords(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    secret = tmp_path / "secret"
    secret.write_text("geheim")
    secret.chmod(0o644)
    file = tmp_path / "gstnvr.yaml"
    camera = "  - id: {}\n    main: {{url: 'rtsp://h/', username: a, {}}}\n"
    file.write_text(
        f"data_dir: {tmp_path}\nstorage: {{volumes: [{{path: {tmp_path}}}], min_free_mb: 1}}\ncameras:\n"
        + camera.format("one", "password_env: NOT_SET")
        + camera.format("two", f"password_file: {secret}")
    )
    assert main(["doctor", "-c", str(file), "--json"]) == ExitCode.PROBLEMS
    output = capfd.readouterr().out
    checks = {check["found"]: check["state"] for check in named(json.loads(output), "passwords")}
    assert checks["one/main: the environment variable NOT_SET is not set"] == "warning"
    (exposed,) = [found for found, state in checks.items() if state == "failed"]
    assert exposed.startswith(f"two/main: {secret} is open to others than its owner (mode 0644)")
    assert "geheim" not in output


@pytest.mark.usefixtures("quick")
def test_without_a_configuration_the_rest_is_checked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GSTNVR_CONFIG", raising=False)
    monkeypatch.setattr("gstnvr.cli.configuration.USUAL_PLACES", (Path("gstnvr.yaml"),))
    assert main(["doctor"]) == ExitCode.OK
    assert "warning  configuration: there is no configuration file" in capfd.readouterr().out


def test_a_check_that_hangs_is_given_up() -> None:
    def hanging() -> Any:
        time.sleep(60)
        yield ok("x", "x")

    (finding,) = within(0.1, "folders", hanging)
    assert (finding.state, finding.found) == (CheckState.FAILED, "no answer within 0.1 seconds")


# --- folders ------------------------------------------------------------------------------------------


def test_folders_that_are_fine(tmp_path: Path) -> None:
    (tmp_path / "video").mkdir()
    findings = list(folders.check_folders(settings(tmp_path)))
    assert all(finding.state is not CheckState.FAILED for finding in findings)
    assert f"{tmp_path / 'data'} is not there yet and can be made in {tmp_path}" in [
        each.found for each in findings
    ]


def test_a_volume_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    finding = worst(list(folders.check_folders(settings(tmp_path))))
    assert (finding.state, finding.found) == (CheckState.FAILED, f"there is no directory {tmp_path / 'video'}")
    assert finding.advice == "make it, or mount the disk that it is on"


def test_volumes_that_are_none_yet_damaged_or_on_one_disk(tmp_path: Path) -> None:
    for name in ("video", "more"):
        (tmp_path / name).mkdir()
    identity = create_identity(tmp_path / "video", SystemClock())
    two = settings(tmp_path, storage={"volumes": [{"path": str(tmp_path / name)} for name in ("video", "more")]})
    found = {finding.found: finding.state for finding in folders.check_folders(two)}
    assert found[f"{tmp_path / 'video'} is volume {identity.uuid}"] is CheckState.OK
    assert found[f"{tmp_path / 'more'} is no volume yet, and becomes one when recording begins"] is CheckState.OK
    assert found[f"{tmp_path / 'more'} is on the same file system as {tmp_path / 'video'}"] is CheckState.WARNING
    (tmp_path / "video" / IDENTITY_FILE).write_text("")
    finding = worst(list(folders.check_folders(two)))
    assert (finding.state, finding.advice) == (
        CheckState.FAILED,
        "put the file back from a copy, or check the disk",
    )


def test_a_full_disk(tmp_path: Path) -> None:
    full = settings(tmp_path, storage={"volumes": [{"path": str(tmp_path)}], "min_free_mb": 10**12})
    finding = worst(list(folders.check_folders(full)))
    assert finding.state is CheckState.FAILED
    assert finding.found.startswith("only ")
    assert f"MB free at {tmp_path}" in finding.found


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    finding = worst(list(folders.check_folders(settings(tmp_path))))
    assert finding.found == f"{tmp_path / 'data'} is not a folder"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_a_folder_of_somebody_else() -> None:
    with tempfile.TemporaryDirectory() as place:
        others = Path(place)
        others.chmod(0o755)
        finding = worst(list(seen_by_nobody(others)))
        assert finding.found == f"user 65534 may not write to {others}"
        assert finding.advice.startswith(f"make it for that user: mkdir -p {others}")
        (others / "closed").mkdir(mode=0o700)
        finding = worst(list(seen_by_nobody(others / "closed" / "inner")))
        assert finding.found == f"user 65534 may not write to {others / 'closed'}"


def seen_by_nobody(place: Path) -> list[Finding]:
    os.seteuid(65534)
    try:
        return list(folders.check_folders(settings(place)))
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("ext4", CheckState.OK),
        ("xfs", CheckState.OK),
        ("nfs4", CheckState.WARNING),
        ("vfat", CheckState.WARNING),
        ("tmpfs", CheckState.WARNING),
    ],
)
def test_kind_of_file_system(
    kind: str, state: CheckState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "file_system", lambda _: kind)
    (tmp_path / "video").mkdir()
    finding = worst(list(folders.check_folders(settings(tmp_path))))
    assert finding.state is state


def test_file_system_of_a_mount_point() -> None:
    assert folders.file_system(Path("/proc/self")) == "proc"


# --- machine ------------------------------------------------------------------------------------------


def test_port_in_use_is_told_with_the_program(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        taken = settings(tmp_path, api={"port": port})
        (finding,) = machine.check_port(taken)
    assert f"127.0.0.1:{port} is" in finding.found
    assert str(os.getpid()) in finding.found
    (finding,) = machine.check_port(taken)
    assert finding == ok("port", f"127.0.0.1:{port} is free")


def test_too_few_open_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = [{"id": f"c{number}", "main": {"url": "rtsp://h/"}} for number in range(100)]
    many = settings(tmp_path, cameras=cameras)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    (finding,) = machine.check_limits(many)
    assert finding.state is CheckState.FAILED
    assert finding.found.startswith("256 allowed")
    assert "32 streams in a process" in finding.found
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 4096))
    (finding,) = machine.check_limits(many)
    assert finding.state is CheckState.OK


@pytest.mark.parametrize(
    ("synchronised", "state"), [(True, CheckState.OK), (False, CheckState.WARNING), (None, CheckState.OK)]
)
def test_clock(synchronised: bool | None, state: CheckState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_is_synchronised", lambda: synchronised)
    (finding,) = machine.check_clock()
    assert finding.state is state


def test_clock_of_a_machine_without_a_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_FIRST_SANE_YEAR", 2090)
    (finding,) = machine.check_clock()
    assert finding.state is CheckState.FAILED
