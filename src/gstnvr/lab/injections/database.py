"""Faults of the database."""

import sqlite3
from dataclasses import dataclass

from gstnvr.lab.entries import Mend
from gstnvr.lab.world import Site
from gstnvr.supervisor.places import DATABASE

_NOISE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class LockDatabase:
    """Another program holds the lock for writing."""

    def begin(self, site: Site) -> Mend:
        connection = sqlite3.connect(
            site.world.product.data_dir / DATABASE, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.execute("BEGIN IMMEDIATE")

        def mend() -> None:
            connection.execute("ROLLBACK")
            connection.close()

        return mend


@dataclass(frozen=True, slots=True)
class StopPostgresql:
    """The server ends as if it had been killed, and is started again."""

    def begin(self, site: Site) -> Mend:
        server = site.world.database
        assert server is not None, "the database is a file"
        server.stop()
        return server.start


@dataclass(frozen=True, slots=True)
class DeleteDatabase:
    """The supervisor dies, the database is gone, the supervisor starts again."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.kill_supervisor()
        for file in product.data_dir.glob(f"{DATABASE}*"):
            file.unlink()
        return product.start


@dataclass(frozen=True, slots=True)
class DamageDatabase:
    """The supervisor dies and finds noise in place of its database, until somebody puts the old one back."""

    def begin(self, site: Site) -> Mend:
        product = site.world.product
        product.kill_supervisor()
        kept = {file: file.read_bytes() for file in product.data_dir.glob(f"{DATABASE}*")}
        for file in kept:
            file.unlink()
        (product.data_dir / DATABASE).write_bytes(bytes(number * 167 % 251 for number in range(_NOISE_BYTES)))
        product.start()

        def mend() -> None:
            product.kill_supervisor()
            for file, content in kept.items():
                file.write_bytes(content)
            product.start()

        return mend
