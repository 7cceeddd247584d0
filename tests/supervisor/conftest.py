"""Every test has a data directory and a volume of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.supervisor.rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.clean_up()
