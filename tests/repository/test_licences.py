"""Nothing is used whose licence does not go with ours, and what is used is written down."""

from tests.repository.licences import (
    REASONS,
    documented,
    is_free,
    licence_of,
    locked,
    npm_licences,
)

WRITE = "run: python -m tests.repository.licences > docs/ref/licences.md"
LOCKED = locked("run") | locked("dev") | locked("stubs")
NPM = npm_licences(built_in=True) | npm_licences(built_in=False)


def test_every_locked_package_is_written_down() -> None:
    assert set(documented()) == LOCKED | set(NPM), WRITE


def test_what_is_written_down_is_what_packages_say() -> None:
    for name, licence in documented().items():
        said = NPM.get(name) if name in NPM and name not in LOCKED else licence_of(name)
        assert said in (None, licence), f"{name}: {WRITE}"


def test_every_licence_goes_with_ours_or_there_is_a_reason() -> None:
    others = {name: licence for name, licence in documented().items() if not is_free(licence)}
    assert set(others) == set(REASONS), others


def test_what_goes_together_and_what_is_a_choice() -> None:
    assert is_free("MIT")
    assert is_free("EPL-2.0 OR Apache-2.0")
    assert not is_free("Apache-2.0 AND GPL-3.0-only")
    assert not is_free("GPL-2.0-or-later")
    assert not is_free("not said")
