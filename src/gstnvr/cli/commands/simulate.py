"""``gstnvr simulate``: simulated cameras, in a process of their own."""

import os
import sys

import typer

SIMULATOR = "gstnvr.simulator"

OPTIONS = {
    "add_help_option": False,
    "context_settings": {
        "ignore_unknown_options": True,
        "allow_extra_args": True,
        "allow_interspersed_args": False,
    },
}


def simulate(context: typer.Context) -> None:
    """Serve simulated cameras over RTSP, with faults on demand; gstnvr simulate --help tells its options."""
    # The module is named and not imported: it brings GStreamer, which has no business in this process.
    os.execv(sys.executable, [sys.executable, "-m", SIMULATOR, *context.args])  # noqa: S606 - there is no shell
