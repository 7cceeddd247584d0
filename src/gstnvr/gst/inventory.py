"""What is installed of GStreamer; ``python -m gstnvr.gst.inventory`` tells processes that never load it."""

import importlib
import json
import sys
from dataclasses import dataclass
from typing import Any

from gstnvr.gst.elements import ELEMENTS, OLDEST_GSTREAMER, Element


@dataclass(frozen=True, slots=True)
class Inventory:
    """GStreamer on this machine."""

    version: tuple[int, int, int]
    missing: tuple[Element, ...]
    speaks_tls: bool
    """Whether encrypted cameras can be recorded; a package of GLib does it."""


def take_inventory() -> Inventory:
    """Look for every element that gstnvr uses.

    Raises:
        ImportError: GStreamer or its Python binding is not installed; the message names the packages.
    """
    # Loaded late, so that its absence can be told by this module itself.
    runtime: Any = importlib.import_module("gstnvr.gst.runtime")
    runtime.initialise()
    find = runtime.Gst.ElementFactory.find
    missing = tuple(element for element in ELEMENTS if not any(map(find, element.names)))
    major, minor, micro, _ = runtime.Gst.version()
    speaks_tls = bool(runtime.Gio.TlsBackend.get_default().supports_tls())
    return Inventory((major, minor, micro), missing, speaks_tls)


def as_document() -> dict[str, Any]:
    """The inventory in plain values; ``problem`` is None unless GStreamer is not usable at all."""
    try:
        inventory = take_inventory()
    except ImportError as error:
        return {"problem": str(error), "version": None, "recent_enough": False, "missing": [], "speaks_tls": False}
    return {
        "problem": None,
        "version": ".".join(map(str, inventory.version)),
        "recent_enough": inventory.version[:2] >= OLDEST_GSTREAMER,
        "speaks_tls": inventory.speaks_tls,
        "missing": [
            {
                "names": list(element.names),
                "package": element.package,
                "purpose": element.purpose,
                "needed": element.needed,
            }
            for element in inventory.missing
        ],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(as_document()) + "\n")
