"""What happens in the process that the API runs in, as listeners are told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gstnvr.api.common.ports import LiveStream, VolumeView
from gstnvr.model.changes import IndexNews


@dataclass(frozen=True, slots=True)
class StreamNews:
    """A stream is in another state, is recorded or not, or is to be."""

    live: LiveStream


@dataclass(frozen=True, slots=True)
class VolumesNews:
    """State or room of the volumes changed."""

    volumes: Sequence[VolumeView]


@dataclass(frozen=True, slots=True)
class ConfigurationNews:
    """Other settings are in force."""


News = IndexNews | StreamNews | VolumesNews | ConfigurationNews
Publish = Callable[[News], None]
"""To be called on the event loop; takes no time."""
