"""GStreamer, loaded and initialised in one place."""

import warnings

import gi

_PACKAGES = "python3-gi, python3-gst-1.0, gir1.2-gstreamer-1.0 and gir1.2-gst-plugins-base-1.0"


class MissingGStreamer(ImportError):  # noqa: N818 - says itself what is wrong
    """GStreamer or its Python binding is not installed; the message names the packages."""


try:
    with warnings.catch_warnings():
        # The importer of older PyGObject lacks a method that Python 3.11 warns about.
        warnings.simplefilter("ignore", ImportWarning)
        gi.require_version("Gst", "1.0")
        gi.require_version("GstApp", "1.0")
        gi.require_version("GstSdp", "1.0")
        from gi.repository import Gio, GLib, GObject, Gst, GstApp, GstSdp
except (ImportError, ValueError) as error:
    raise MissingGStreamer(f"GStreamer is not usable ({error}): install {_PACKAGES}.") from error

__all__ = ["GLib", "GObject", "Gio", "Gst", "GstApp", "GstSdp", "MissingGStreamer", "initialise"]


def initialise() -> None:
    """Start GStreamer; more calls do nothing.

    Raises:
        MissingGStreamer: the library does not start.
    """
    if Gst.is_initialized():
        return
    started, _ = Gst.init_check(None)
    if not started:
        raise MissingGStreamer(f"GStreamer does not start: install {_PACKAGES}.")
