"""The copying process: ``python -m gstnvr.copies``, with its orders in the first line of standard input.

It ends when its standard input does: with the supervisor that started it, or when that wants it to.
"""

import logging
import os
import signal
import sys
import threading

import psutil
from sqlalchemy.exc import SQLAlchemyError

from gstnvr.config.database_address import database_address
from gstnvr.config.secrets import SecretError, secret_of
from gstnvr.copies.messages import Orders
from gstnvr.copies.service import CopyService
from gstnvr.db.engine import DatabaseUnusableError
from gstnvr.db.index import Index
from gstnvr.logs.file import VARIABLE
from gstnvr.logs.redaction import register_secret
from gstnvr.logs.setup import configure
from gstnvr.model.clock import SystemClock

_log = logging.getLogger(__name__)

_CANNOT_START = 5
_TALKATIVE = (
    "aiobotocore",
    "asyncssh",
    "azure",
    "botocore",
    "fsspec",
    "gcsfs",
    "google",
    "s3fs",
)
"""What went wrong is told by us, once."""


def _be_modest() -> None:
    """Only take what recorders leave: of processors and of disks."""
    os.nice(19)
    process = psutil.Process()
    if sys.platform == "linux":
        process.ionice(psutil.IOPRIO_CLASS_IDLE)


def _stop_with_input(service: CopyService) -> None:
    sys.stdin.read()
    service.stop()


def main() -> int:
    """Run until standard input ends; the exit code."""
    orders = Orders.model_validate_json(sys.stdin.readline())
    configure("copies", orders.log_level, folder=os.environ.get(VARIABLE))
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    _be_modest()
    try:
        register_secret(secret_of(orders.database_settings.password_env, orders.database_settings.password_file))
        address = database_address(orders.database_settings, orders.database)
        with Index.open(address) as index:
            service = CopyService(orders, index, SystemClock(), sys.stdout)
            signal.signal(signal.SIGTERM, lambda *_: service.stop())
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            threading.Thread(target=_stop_with_input, args=(service,), daemon=True).start()
            service.run()
    except (DatabaseUnusableError, SecretError, SQLAlchemyError) as error:
        _log.error("no copies are made: %s", error)
        return _CANNOT_START
    except BrokenPipeError:  # the supervisor is gone
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
