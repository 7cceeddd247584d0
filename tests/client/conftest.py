from tests.api.fixtures import server, shared_server, world

__all__ = ["server", "shared_server", "world"]
