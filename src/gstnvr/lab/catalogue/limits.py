"""Limits that several groups share."""

from dataclasses import replace

from gstnvr.lab.entries import Setting

LATE_S = 65.0
"""Until a camera that was away for long is recorded again: the longest step of the back-off, 60 s, may just have
begun. It is reached soon if the jitter draws short ones."""

RETRIES = {"session": {"reconnect_delay_s": 2, "reconnect_max_delay_s": 4}}
"""For cameras that are not there from the start, where with the defaults a row may take a minute."""
RETRIED_S = 11.0
"""With these, until such a camera is recorded: 4 s, a probe that is in vain for 3 s, and a key frame."""


def retrying(setting: Setting | None = None) -> Setting:
    """The same world, with retries that come soon."""
    return replace(setting or Setting(), sections=RETRIES)
