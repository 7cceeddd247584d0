"""Mistakes in the configuration, and changes of it, while the product runs."""

import copy
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gstnvr.lab.commands import attempt, run
from gstnvr.lab.entries import Mend
from gstnvr.lab.world import Site


@dataclass(frozen=True, slots=True)
class WriteNonsense:
    """The file says something else, and is put right."""

    text: str

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.config.write_text(self.text)
        return product.write_settings


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """The file is gone, and comes back."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.config.unlink()
        return product.write_settings


@dataclass(frozen=True, slots=True)
class RemoveCamera:
    """The camera is taken out of the file, and put back."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        kept = product.settings.cameras.pop(site.camera)
        product.write_settings()

        def mend() -> None:
            product.settings.cameras[site.camera] = kept
            product.write_settings()

        return mend


@dataclass(frozen=True, slots=True)
class ChangeCamera:
    """Settings of the camera are changed, and changed back."""

    settings: Mapping[str, Any]
    """Those below ``main`` are merged."""
    path: str = ""
    """Of the URL, if it is to be another."""
    scheme: str = ""
    """The same."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        kept = copy.deepcopy(product.settings.cameras[site.camera])
        main = {**kept["main"], **self.settings.get("main", {})}
        if self.path:
            main["url"] = urlsplit(main["url"])._replace(path=f"/{self.path}").geturl()
        if self.scheme:
            main["url"] = urlsplit(main["url"])._replace(scheme=self.scheme).geturl()
        product.settings.cameras[site.camera] = {**kept, **self.settings, "main": main}
        product.write_settings()

        def mend() -> None:
            product.settings.cameras[site.camera] = kept
            product.write_settings()

        return mend


@dataclass(frozen=True, slots=True)
class TakePort:
    """The supervisor dies; when it starts, somebody else listens at the port of its API."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.kill_supervisor()
        taken = socket.create_server(("127.0.0.1", int(product.address.rpartition(":")[2])), reuse_port=False)
        product.start()

        def mend() -> None:
            taken.close()
            product.kill_supervisor()
            product.start()

        return mend


@dataclass(frozen=True, slots=True)
class ForbidDataDir:
    """The supervisor dies; when it starts, nothing may be changed in its directory."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.kill_supervisor()
        everything = [product.data_dir, *product.data_dir.rglob("*")]
        run("chattr", "+i", *(path for path in everything if path.is_dir() or path.is_file()))
        product.start()

        def mend() -> None:
            product.kill_supervisor()
            attempt("chattr", "-R", "-i", product.data_dir)
            product.start()

        return mend
