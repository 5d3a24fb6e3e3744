"""What stands around every page: the tokens, the key map, the project's name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queryscope.dashboard.presentation.chrome import project_name
from queryscope.dashboard.presentation.keymap import KEYMAP

STATIC = Path(__file__).resolve().parents[2] / "static" / "queryscope"


def declarations(block: str) -> list[str]:
    return re.findall(r"--[\w-]+:[^;]+;", block)


def test_the_two_dark_lists_are_equal() -> None:
    """Once for the system's wish, once for the explicit choice."""
    text = (STATIC / "tokens.css").read_text()
    by_system = text.split("@media (prefers-color-scheme: dark)")[1].split("}\n}")[0]
    by_choice = text.split(':root[data-theme="dark"]')[1].split("}")[0]
    assert declarations(by_system) == declarations(by_choice)
    assert len(declarations(by_choice)) > 50


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.css")), ids=lambda file: file.name)
def test_components_use_only_tokens_that_exist(file: Path) -> None:
    """No literal colour outside the tokens, and no name that is not one."""
    text = file.read_text()
    known = set(re.findall(r"(--[\w-]+):", (STATIC / "tokens.css").read_text() + text))
    assert set(re.findall(r"var\((--[\w-]+)", text)) <= known
    if file.name != "tokens.css":
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)", text)


def handled() -> set[str]:
    """Actions for which some module registers a handler."""
    registered = "".join(
        block
        for file in STATIC.glob("*.js")
        for block in re.findall(r"register\(\{(.*?)\n\s*\}\)", file.read_text(), re.DOTALL)
    )
    return set(re.findall(r'(?:^|[\s{,])"?([a-z]+(?:-[a-z]+)*)"?\s*(?::|,|\()', registered))


def test_every_key_in_the_dialog_does_something() -> None:
    """The list shows the keys that work, so each action has a handler somewhere."""
    actions = {shortcut.action for section in KEYMAP for shortcut in section.shortcuts}
    assert actions - handled() == set()


def test_no_key_has_two_meanings() -> None:
    """A key stands once in the map."""
    keys = [key for section in KEYMAP for shortcut in section.shortcuts for key in shortcut.keys.split()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("lantern.settings", "lantern"),
        ("config.settings.local", "folder"),
        ("settings", "folder"),
        ("", "folder"),
    ],
)
def test_the_project_is_called_by_its_settings_or_its_folder(module: str, name: str) -> None:
    """A package called config says nothing about the project."""
    assert project_name(module, "folder") == name
