"""Names of cameras in a world of their own: only a file of ours is asked, no server.

Only for a process that was given mounts of its own, see ``contained``.
"""

from pathlib import Path

from gstnvr.lab.commands import run

_HOSTS = Path("/etc/hosts")
_SWITCH = Path("/etc/nsswitch.conf")


def begin_names(place: Path) -> None:
    """Forget all names but localhost."""
    hosts, switch = place / "hosts", place / "nsswitch.conf"
    hosts.write_text("127.0.0.1 localhost\n")
    switch.write_text("passwd: files\ngroup: files\nhosts: files\n")
    run("mount", "--bind", hosts, _HOSTS)
    run("mount", "--bind", switch, _SWITCH)


def name_of(camera: str) -> str:
    """Under which the host of a camera is known."""
    return f"{camera}.test"


def make_known(camera: str, address: str) -> None:
    """Let the name of a camera lead to this address."""
    with _HOSTS.open("a") as file:
        file.write(f"{address} {name_of(camera)}\n")


def forget(camera: str) -> None:
    """Let the name of a camera lead nowhere."""
    lines = _HOSTS.read_text().splitlines(keepends=True)
    _HOSTS.write_text("".join(line for line in lines if not line.endswith(f" {name_of(camera)}\n")))
