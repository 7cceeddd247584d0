"""Puts a world together and takes it apart again."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from gstnvr.lab.cables import Cable, begin_networks
from gstnvr.lab.camera_host import CameraHost
from gstnvr.lab.certificates import self_signed
from gstnvr.lab.clock import FakeClock
from gstnvr.lab.commands import run
from gstnvr.lab.faulty_volumes import LabVolume, prepared
from gstnvr.lab.host_names import begin_names, make_known
from gstnvr.lab.leaks import leaky_environment
from gstnvr.lab.postgresql import Server, postgresql_server
from gstnvr.lab.product import Product
from gstnvr.lab.remote import Remote
from gstnvr.lab.world import World

_DATA_DIR_MB = 24


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """A camera that is to be recorded."""

    source: str
    """As in ``gstnvr simulate NAME=SOURCE``."""
    arguments: tuple[str, ...] = ()
    """More of the simulator's."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """More settings in the configuration; those below ``main`` are merged."""
    by_name: bool = False
    """Its address has a name and no number."""
    encrypted: bool = False
    """It speaks TLS, with a certificate of its own making."""
    fallback: str = ""
    """What it plays over HTTP as well, Motion JPEG, to be taken while RTSP does not work."""


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """Everything that is to be there."""

    cameras: Mapping[str, CameraPlan]
    volume: LabVolume
    second: LabVolume | None = None
    second_settings: Mapping[str, Any] = field(default_factory=dict)
    """More settings of the second volume."""
    sections: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """More settings of the program by section."""
    contained: bool = False
    """The process has network and mounts of its own: each camera gets a network at the end of a cable."""
    fake_clock: bool = False
    leaky: bool = False
    """Recorders can be told to leak memory."""
    small_data_dir: bool = False
    """The database is on a file system of its own, with little space."""
    postgresql: bool = False
    """The database is in a server of its own."""
    copied: bool = False
    """Recordings are copied to an SFTP server."""


@contextmanager
def open_world(place: Path, plan: WorldPlan) -> Iterator[World]:
    """Cameras that run and a product that is configured and not started.

    Args:
        place: an empty directory of its own, with a short path: there are sockets in it.
    """
    with ExitStack() as stack:
        if plan.contained:
            begin_networks()
            begin_names(place)
        hosts = {name: _host(name, number, plan, place) for number, name in enumerate(plan.cameras, start=1)}
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(stack.enter_context, hosts.values()))
        stack.enter_context(prepared(plan.volume))
        if plan.second is not None:
            stack.enter_context(prepared(plan.second))
        clock = FakeClock(place, enabled=plan.fake_clock)
        database = stack.enter_context(postgresql_server()) if plan.postgresql else None
        remote = stack.enter_context(_sftp_server(place / "remote")) if plan.copied else None
        product = stack.enter_context(_product(place, plan, hosts, database, clock))
        if remote is not None:
            product.settings.sections["storage"]["copies"] = {"places": [remote.settings()]}
            product.write_settings()
        yield World(hosts, plan.volume, product, clock, plan.second, database, remote)


def _sftp_server(place: Path) -> AbstractContextManager[Remote]:
    server: AbstractContextManager[Remote] = import_module("gstnvr.lab.sftp_server").SftpServer(place)
    return server


def _host(name: str, number: int, plan: WorldPlan, place: Path) -> CameraHost:
    cable = None
    if plan.contained:
        cable = Cable(name, number)
        cable.lay()
        make_known(name, cable.camera)
    camera = plan.cameras[name]
    certificate = self_signed(place, name) if camera.encrypted else None
    return CameraHost(
        name,
        camera.source,
        cable,
        camera.arguments,
        by_name=camera.by_name,
        encrypted=certificate,
        fallback=camera.fallback,
    )


@contextmanager
def _product(
    place: Path,
    plan: WorldPlan,
    hosts: Mapping[str, CameraHost],
    database: Server | None,
    clock: FakeClock,
) -> Iterator[Product]:
    urls = {name: host.url for name, host in hosts.items()}
    leaks = leaky_environment(place) if plan.leaky else {}
    environment = {**clock.environment(), **leaks}
    url = None if database is None else database.url
    product = Product(place, urls, plan.sections, volume=plan.volume.path, environment=environment, database=url)
    for name, camera in plan.cameras.items():
        main = product.settings.cameras[name]["main"] | camera.settings.get("main", {})
        if camera.fallback:
            main["http_stream_url"] = hosts[name].http_url
        product.settings.cameras[name] |= {**camera.settings, "main": main}
    if plan.second is not None:
        volumes = product.settings.sections["storage"]["volumes"]
        volumes.append({"path": str(plan.second.path), **plan.second_settings})
    product.write_settings()
    if plan.small_data_dir:
        product.data_dir.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={_DATA_DIR_MB}m", "gstnvr-lab", product.data_dir)
    try:
        yield product
    finally:
        product.end()
