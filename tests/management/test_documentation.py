"""docs/commands.md and docs/json.md keep step with the code: nothing undocumented, nothing documented that is gone."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import load_command_class

from queryscope.profiler.finding import Problem, Standing
from queryscope.profiler.report import SCHEMA_VERSION, Report
from queryscope.profiler.store import Summary

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
COMMANDS = (DOCS / "commands.md").read_text()
CONTRACT = (DOCS / "json.md").read_text()
SHARED = {"--help", "--settings", "--pythonpath", "--no-color", "--force-color", "--traceback", "--verbosity"}
ADDED = {"Trace": {"truncated_spans"}, "Finding": {"problem"}}
"""Fields that ``to_document`` adds to those of the structs."""


def subcommands() -> dict[str, argparse.ArgumentParser]:
    parser = load_command_class("queryscope.profiler", "queryscope").create_parser("manage.py", "queryscope")
    (actions,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(actions.choices)


def section(text: str, heading: str) -> str:
    return text.split(f"\n{heading}\n")[1].split("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """Return the first cell of each row of the tables in ``text``, without its quotes."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


def structs(start: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    """Return every struct that can be reached from ``start``, by name."""
    found: dict[str, type[msgspec.Struct]] = {}

    def walk(kind: Any) -> None:
        if isinstance(kind, msgspec.inspect.StructType) and kind.cls.__name__ not in found:
            found[kind.cls.__name__] = kind.cls
            for field in kind.fields:
                walk(field.type)
        for part in ("types", "item_types", "item_type", "value_type"):
            inner = getattr(kind, part, ())
            for one in inner if isinstance(inner, tuple) else (inner,):
                walk(one)

    walk(msgspec.inspect.type_info(start))
    return found


ALL = structs(Report) | structs(Summary) | structs(Problem) | structs(Standing)


def json_type(kind: Any) -> str:
    """Return how the contract writes a type."""
    inspect = msgspec.inspect
    if isinstance(kind, inspect.UnionType):
        names = [json_type(one) for one in kind.types if not isinstance(one, inspect.NoneType)]
        return " or ".join([*names, "null"])
    if isinstance(kind, inspect.StructType):
        return f"[{kind.cls.__name__}](#{kind.cls.__name__.lower()})"
    if isinstance(kind, inspect.VarTupleType):
        return f"array of {json_type(kind.item_type)}"
    if isinstance(kind, inspect.DictType):
        return f"object of {json_type(kind.value_type)}"
    names = {"StrType": "string", "LiteralType": "string", "IntType": "integer", "FloatType": "number"}
    return (names | {"BoolType": "boolean", "AnyType": "any"})[type(kind).__name__]


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return the options and arguments of a subcommand, with those of its own subcommands."""
    options: set[str] = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                options |= {name} | options_of(inner)
            continue
        long = [option for option in action.option_strings if option.startswith("--")]
        options |= set(long or [str(action.metavar)])
    return options


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_every_option_is_documented(name: str) -> None:
    """The table of each subcommand names its options, and no other."""
    named = {cell.split()[0] for cell in first_cells(section(COMMANDS, f"## {name}"))}
    assert named == options_of(subcommands()[name]) - SHARED


@pytest.mark.parametrize("option", sorted(SHARED - {"--help"}))
def test_general_options_are_documented_once(option: str) -> None:
    """Those of Django stand in the introduction."""
    assert f"`{option}`" in COMMANDS.split("\n## ")[0]


def test_there_is_a_section_for_each_subcommand() -> None:
    """No more and no less."""
    assert set(re.findall(r"^## (\w+)$", COMMANDS, re.MULTILINE)) == set(subcommands())


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_field_is_documented(name: str) -> None:
    """The table of each value of the contract names its fields in their order, and no other."""
    fields = [*ALL[name].__struct_fields__, *ADDED.get(name, ())]
    assert first_cells(section(CONTRACT, f"## {name}")) == fields


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_type_is_the_one_in_the_code(name: str) -> None:
    """The second cell of each row is the type as JSON has it."""
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", section(CONTRACT, f"## {name}"), re.MULTILINE))
    expected = {
        field.name: json_type(msgspec.inspect.type_info(field.type))
        for field in msgspec.structs.fields(ALL[name])
    }
    assert {field: rows[field] for field in expected} == expected


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_choice_is_documented(name: str) -> None:
    """Where a field takes one of some words, its row names each."""
    text = section(CONTRACT, f"## {name}")
    for field in msgspec.structs.fields(ALL[name]):
        kind = msgspec.inspect.type_info(field.type)
        if isinstance(kind, msgspec.inspect.LiteralType):
            (row,) = re.findall(rf"^\| `{field.name}` \|.*$", text, re.MULTILINE)
            assert all(f"`{word}`" in row for word in kind.values)


def test_the_version_is_documented() -> None:
    """The contract says which version it describes."""
    assert f"`schema_version` is {SCHEMA_VERSION}" in CONTRACT
