"""What there is of recordings, for whoever works with them while recording goes on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gstnvr.db.index import Index
from gstnvr.model.clock import Clock
from gstnvr.model.ids import StreamId
from gstnvr.model.records import Volume


@dataclass(frozen=True, slots=True)
class Archive:
    """Everything in it may block."""

    data_dir: Path
    index: Index
    volumes: Callable[[], Sequence[Volume]]
    """Where all volumes are now."""
    names: Callable[[], Mapping[StreamId, str]]
    """Of cameras, by stream."""
    clock: Clock
