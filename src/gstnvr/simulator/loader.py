"""Sources to prepared clips; what is asked for twice is made once."""

import threading
from pathlib import Path

from gstnvr.media.clips import Clip, ClipReader, PatternEncoder, PatternSpec
from gstnvr.simulator.packets import PreparedClip
from gstnvr.simulator.prepare import prepare
from gstnvr.simulator.sources import parse_source


class Loader:
    """Blocks while it reads and encodes; may be called from any thread."""

    def __init__(self, reader: ClipReader, encoder: PatternEncoder, cache: Path) -> None:
        self._reader = reader
        self._encoder = encoder
        self._cache = cache
        self._lock = threading.Lock()
        self._made: dict[Path | PatternSpec, PreparedClip] = {}

    def load(self, source: Path | PatternSpec) -> PreparedClip:
        """Read the file, or make the pattern.

        Raises:
            ClipError: neither can be done.
        """
        with self._lock:
            if source not in self._made:
                self._made[source] = prepare(self._clip(source))
            return self._made[source]

    def load_text(self, mount: str, text: str) -> PreparedClip:
        """The same for SOURCE as a user writes it.

        Raises:
            SourceError: not in the grammar.
            ClipError: cannot be read or made.
        """
        return self.load(parse_source(mount, text))

    def _clip(self, source: Path | PatternSpec) -> Clip:
        if isinstance(source, Path):
            return self._reader.read(source)
        return self._encoder.pattern(source, self._cache)
