from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.rig.browser import running_browser
from tests.web.rig import Recorder, Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    with Recorder(tmp_path_factory.mktemp("recorder")).running() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, recorder: Recorder) -> Iterator[Visit]:
    """Opens pages; none of them may have complained in the end."""
    visitors: list[Visitor] = []

    def make(**options: object) -> Visitor:
        visitors.append(Visitor(browser, recorder.url, **options))  # type: ignore[arg-type]
        return visitors[-1]

    yield make
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        visitor.close()
    assert problems == []
