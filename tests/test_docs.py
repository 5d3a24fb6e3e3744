"""The documentation keeps step with the code: every option is described as it is, every example is taken as it stands."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from queryscope.profiler.config import KEYS, Config, parse

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Config)}


def section(key: str) -> str:
    """Return what docs/settings.md says about a key."""
    return SETTINGS.split(f"\n## {key}\n")[1].split("\n## ")[0]


def cells(key: str) -> dict[str, str]:
    """Return the table below a key's heading."""
    head, _, row = [line for line in section(key).splitlines() if line.startswith("|")]
    names, values = ([cell.strip() for cell in line.strip("|").split("|")] for line in (head, row))
    return dict(zip(names, values, strict=True))


def default(key: str) -> Any:
    """Return what a key has where nobody sets it."""
    return getattr(Config(), FIELDS[key].name)


def example(key: str) -> dict[str, Any]:
    """Return the dict that a key's example assigns, computed."""
    (code,) = re.findall(r"```python\n(.*?)```", section(key), re.DOTALL)
    (statement,) = ast.parse(code).body
    assert isinstance(statement, ast.Assign)
    options: dict[str, Any] = eval(compile(ast.Expression(statement.value), "settings.md", "eval"), {})
    return options


def test_every_option_has_a_section() -> None:
    """In the order of the code, so that a missing one shows."""
    assert tuple(re.findall(r"^## (\w+)$", SETTINGS, re.MULTILINE)) == KEYS


def test_every_option_is_in_the_overview() -> None:
    """The table at the top names each key once."""
    named = re.findall(r"\[`(\w+)`\]\(#(\w+)\)", SETTINGS.split("\n## ")[0])
    assert sorted(key for key, _ in named) == sorted(KEYS)
    assert all(anchor == key.lower() for key, anchor in named)


@pytest.mark.parametrize("key", KEYS)
def test_default_is_the_one_in_the_code(key: str) -> None:
    """The documented default is what the key has where nobody sets it."""
    assert ast.literal_eval(cells(key)["default"].strip("`")) == default(key)


@pytest.mark.parametrize("key", KEYS)
def test_type_is_the_one_in_the_code(key: str) -> None:
    """The documented types are those that the field takes."""
    info = msgspec.inspect.type_info(FIELDS[key].type)
    kinds = info.types if isinstance(info, msgspec.inspect.UnionType) else (info,)
    names = {"VarTupleType": "tuple of `str`", "LiteralType": "`str`", "NoneType": "`None`"}
    expected = {
        names.get(name, f"`{name.removesuffix('Type').lower()}`")
        for name in (type(kind).__name__ for kind in kinds)
    }
    assert set(re.split(r", | or ", cells(key)["type"])) == expected


@pytest.mark.parametrize("key", [key for key in KEYS if "unit" in cells(key)])
def test_range_is_the_one_in_the_code(key: str) -> None:
    """A value at the documented end is taken, one below it is not."""
    words = {"at least 1": (1, 0), "at least 0": (0, -1), "more than 0": (1e-9, 0)}
    good, bad = words[cells(key)["range"]]
    parse({key: good})
    with pytest.raises(Exception, match=key):
        parse({key: bad})


@pytest.mark.parametrize("key", KEYS)
def test_example_is_taken_as_it_stands(key: str) -> None:
    """What a reader copies passes the check, and sets another value than the default."""
    options = example(key)
    assert set(options) == {key}
    assert getattr(parse(options), FIELDS[key].name) != default(key)


def test_changelog_tells_of_what_is_not_released_yet() -> None:
    """The first section is the coming release, and it says something."""
    sections = (ROOT / "CHANGELOG.md").read_text().split("\n## ")
    assert sections[1].startswith("Unreleased\n")
    assert re.search(r"^- \w", sections[1], re.MULTILINE), "Unreleased lists no change"


def test_readme_names_the_two_commands() -> None:
    """A newcomer finds both, and the links in the text lead to files."""
    readme = (ROOT / "README.md").read_text()
    assert "make demo" in readme and "make test" in readme
    targets = [target for target in re.findall(r"\]\(([^)#]+)", readme) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []
