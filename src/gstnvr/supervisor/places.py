"""What lies where in the data directory."""

from pathlib import Path

from gstnvr.ipc.connection import is_listening

DATABASE = "index.sqlite3"
DISK_READINGS = "disk-readings.json"
MANUAL_ORDERS = "manual-orders.json"
SOCKETS = "recorders"
SOCKET_SUFFIX = ".sock"


def recorder_lives(data_dir: Path) -> bool:
    """Whether a recorder goes on although no supervisor is there; not to be asked while one is.

    Raises:
        OSError: a socket cannot be reached.
    """
    return any(is_listening(path) for path in (data_dir / SOCKETS).glob(f"*{SOCKET_SUFFIX}"))
