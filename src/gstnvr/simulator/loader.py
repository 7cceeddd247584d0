"""Sources to prepared clips; what is asked for twice is made once."""

import threading
from dataclasses import replace
from pathlib import Path

from gstnvr.media.clips import LOOP_S, Clip, ClipError, ClipReader, PatternEncoder, PatternSpec
from gstnvr.model.clock import NS_PER_S
from gstnvr.simulator.packets import PreparedClip
from gstnvr.simulator.prepare import prepare
from gstnvr.simulator.sources import MinuteFile, Source, parse_source


class Loader:
    """Blocks while it reads and encodes; may be called from any thread."""

    def __init__(self, reader: ClipReader, encoder: PatternEncoder, cache: Path) -> None:
        self._reader = reader
        self._encoder = encoder
        self._cache = cache
        self._lock = threading.Lock()
        self._made: dict[Source, PreparedClip] = {}

    def load(self, source: Source) -> PreparedClip:
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

    def _clip(self, source: Source) -> Clip:
        match source:
            case Path():
                return self._reader.read(source)
            case MinuteFile(path):
                clip = self._reader.read(path)
                if clip.length != LOOP_S * NS_PER_S:
                    raise ClipError(f"{path} is {clip.length / NS_PER_S:g} s long and not {LOOP_S} s.")
                return replace(clip, phase=0)
            case PatternSpec():
                return self._encoder.pattern(source, self._cache)
