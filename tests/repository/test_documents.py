"""The documents say what is there, and nothing that is true of one machine only."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from gstnvr.config.settings import Settings
from tests.repository.lints import ROOT, broken_links, files, machine_bound_words, name_of

DOCUMENTS = files(".md")
TEXTS = [
    *DOCUMENTS,
    *files(".py"),
    *files(".toml"),
    *files(".txt", "requirements"),
    *(path for folder in ("scripts", ".ci") for path in sorted((ROOT / folder).iterdir()) if path.is_file()),
]


def setting_names(section: type[BaseModel]) -> Iterator[str]:
    """Every key of this section and of the sections inside it."""
    for name, field in section.model_fields.items():
        yield name
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from setting_names(kind)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path.read_text(), path) == []


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text()
    names = {path.relative_to(ROOT / "docs").as_posix() for path in files(".md", "docs")} - {"README.md"}
    assert sorted(name for name in names if f"({name})" not in index) == []


def test_nothing_is_bound_to_one_machine() -> None:
    wrong = {name_of(path): machine_bound_words(path.read_text()) for path in TEXTS}
    assert {name: problems for name, problems in wrong.items() if problems} == {}


def test_every_setting_is_in_the_reference() -> None:
    reference = (ROOT / "docs/ref/configuration.md").read_text()
    names = set(setting_names(Settings))
    assert {"frame_timeout_s", "password_env"} <= names
    assert sorted(name for name in names if f"`{name}`" not in reference) == []


# --- the checks themselves ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["[a](missing.md)", "[a](there.md#nowhere)", "[a](#nowhere)", "![picture](pictures/none.png)"],
)
def test_a_broken_link_is_noticed(text: str, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading, with more\n")
    assert len(broken_links(text, tmp_path / "here.md")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[a](there.md#a-heading-with-more)",
        "# Here I am\n[a](#here-i-am)",
        "[a](https://example.com/)",
        "```\n[a](missing.md)\n```",
    ],
)
def test_a_good_link_is_none_of_them(text: str, tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("# A heading, with more\n")
    here = tmp_path / "here.md"
    here.write_text(text)
    assert broken_links(text, here) == []


@pytest.mark.parametrize(
    "text",
    [
        "https://pypi" + ".org/simple",
        "--index" + "-url x",
        "see /wo" + "rk/main",
        "/ro" + "ot/x",
        "/ho" + "me/me/x",
    ],
)
def test_words_of_one_machine_are_noticed(text: str) -> None:
    assert len(machine_bound_words(f"first line\n{text}")) == 1


@pytest.mark.parametrize(
    "text", ["./var/work/x", "/var/lib/gstnvr", "PyPI", "the root/x", "https://example.com/home/x"]
)
def test_other_words_are_none_of_them(text: str) -> None:
    assert machine_bound_words(text) == []
