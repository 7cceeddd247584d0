"""How soon, and how often, a recording is tried again that failed."""

import asyncio

SHORTEST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 0.5
"""Between attempts although the volume is well; storage that is back is to be used within a second."""
MOST_MISTAKES = 3
"""In a row; then the files in need of repair are left to the next start, for one of them may be the reason."""


class Attempts:
    """Since something reached the disk last."""

    def __init__(self) -> None:
        self._pause_s = SHORTEST_PAUSE_S
        self._mistakes = 0

    async def pause(self) -> None:
        """Before the next one, longer every time."""
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)

    def note_mistake(self) -> None:
        """It failed for a mistake of ours."""
        self._mistakes += 1

    @property
    def are_hopeless(self) -> bool:
        """The same mistake would be made for ever."""
        return self._mistakes >= MOST_MISTAKES

    def begin_anew(self) -> None:
        """One succeeded."""
        self._pause_s = SHORTEST_PAUSE_S
        self._mistakes = 0
