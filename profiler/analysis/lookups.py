"""Reads the line that asks for one row by its key, and writes the query that asks for all of them at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

from queryscope.profiler.analysis.shapes import asked, expression
from queryscope.profiler.analysis.telling import short
from queryscope.profiler.trace import CallSite, Parameter, Span, Value

_LOOP = re.compile(r"(?:async )?for (?P<name>\w+) in (?P<through>[^:]+?)(?: if .*)?(?P<end>[\])}:,]*)$")
_ORDER = re.compile(r"ORDER BY (?P<columns>.+?) (?:LIMIT|FETCH) ")
_COLUMN = re.compile(r'(?:["`](?P<table>\w+)["`]\.)?["`](?P<name>\w+)["`] (?P<way>ASC|DESC)')
_GETS = frozenset(
    {"get", "aget", "filter", "first", "afirst", "count", "acount", "exists", "aexists", "last", "alast"}
)
_SHORTCUTS = frozenset({"get_object_or_404", "aget_object_or_404"})


class Lookup(Value, frozen=True, kw_only=True):
    """How to ask for all rows: ``rows`` is a queryset, ``column`` what they are found by, ``attribute`` where a row keeps
    that, ``keys`` what is asked for.

    All are Python source. ``keys_known`` says that ``keys`` was read from the code and is not only a name for it.
    """

    rows: str
    column: str
    attribute: str
    keys: str
    keys_known: bool


def lookup(span: Span, places: Sequence[int], loop: str | None) -> Lookup | None:
    """Return the query for all keys, where the parameter at the only one of ``places`` is what the loop varies."""
    columns = asked(span)
    if len(places) != 1 or places[0] >= len(columns) or span.model is None:
        return None
    column = columns[places[0]].column
    for site in (span.call_site, *reversed(span.build_sites)):
        call = call_of(site)
        written = _written(call, column, loop) if call is not None else None
        if written is not None:
            return written
    conditions = _conditions(span, places[0])
    if conditions is None:
        return None
    rows = f"{short(span.model)}.objects.filter({', '.join([f'{_name(column)}__in=keys', *conditions])})"
    return Lookup(rows=rows, column=_name(column), attribute=_name(column), keys="keys", keys_known=False)


def _name(column: str) -> str:
    return "pk" if column == "id" else column


def _conditions(span: Span, varied: int) -> list[str] | None:
    """Return the conditions besides the varied one, ``None`` where one of them cannot be written."""
    found = []
    for place, (each, value) in enumerate(zip(asked(span), span.params, strict=False)):
        if place == varied or (not each.column and each.operator == "select"):
            continue
        text = _literal(value)
        if each.operator != "=" or not each.column or text is None:
            return None
        found.append(f"{each.column}={text}")
    return found


def _literal(value: Parameter) -> str | None:
    if value.masked or value.truncated or value.text is None:
        return None
    if value.type == "str":
        return repr(value.text)
    return value.text if value.type == "int" else None


def call_of(site: CallSite | None) -> ast.Call | None:
    """Return the call of a place, where all of it stands in the line."""
    return _parsed("" if site is None else expression(site).strip().removeprefix("await "))


@lru_cache(maxsize=256)
def _parsed(text: str) -> ast.Call | None:
    try:
        tree = ast.parse(text, mode="eval").body
        ast.unparse(tree)  # what is nested too deep for that can be parsed, and not be written
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if isinstance(tree, ast.Call) else None


def _written(call: ast.Call, column: str, loop: str | None) -> Lookup | None:
    """Return the query in the words of the line itself, where the key is its only varying argument."""
    start = _start(call)
    if start is None:
        return None
    rows, arguments = start
    varied = [each for each in arguments if each.arg in {column, _name(column), column.removesuffix("_id")}]
    if len(varied) != 1 or not isinstance(varied[0].value, ast.Name | ast.Attribute):
        return None
    keys = _keys(ast.unparse(varied[0].value), loop)
    others = [each for each in arguments if each is not varied[0]]
    if any(not isinstance(each.value, ast.Constant) for each in others):
        return None
    conditions = [f"{varied[0].arg}__in={keys or 'keys'}", *(ast.unparse(each) for each in others)]
    return Lookup(
        rows=f"{rows}.filter({', '.join(conditions)})", column=str(varied[0].arg), attribute=_name(column), keys=keys or "keys",
        keys_known=keys is not None,
    )  # fmt: skip


def _start(call: ast.Call) -> tuple[str, list[ast.keyword]] | None:
    """Return the queryset that the line begins with, and the conditions by which it takes a row of it."""
    if isinstance(call.func, ast.Name) and call.func.id in _SHORTCUTS and len(call.args) == 1:
        first = call.args[0]
        return f"{ast.unparse(first)}{'.objects' if isinstance(first, ast.Name) else ''}", call.keywords
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _GETS or call.args:
        return None
    above = call.func.value
    if call.keywords:
        return ast.unparse(above), call.keywords
    if (
        isinstance(above, ast.Call)
        and isinstance(above.func, ast.Attribute)
        and above.func.attr == "filter"
        and not above.args
    ):
        return ast.unparse(above.func.value), above.keywords
    return None


def _keys(value: str, loop: str | None) -> str | None:
    """Return all keys, read from the head of the loop: what it goes through, or that attribute of each."""
    names = loop_of(loop)
    if names is None or not re.fullmatch(r"[\w.]+", names[1]):
        return None
    name, through = names
    if value == name:
        return through
    return f"[{value} for {name} in {through}]" if value.startswith(f"{name}.") else None


def loop_of(loop: str | None) -> tuple[str, str] | None:
    """Return the name that the head of a loop gives each value, and the expression that it goes through."""
    match = _LOOP.match(loop or "")
    if match is None:
        return None
    through, end = match["through"].strip(), match["end"]
    missing = sum(map(through.count, "([{")) - sum(map(through.count, ")]}"))
    return match["name"], through + (end[:missing] if missing > 0 and " if " not in match[0] else "")


def order_of(span: Span) -> str | None:
    """Return the call that orders as a statement does, ``None`` where it orders by more than its own columns."""
    match = _ORDER.search(span.sql)
    if match is None:
        return "all()" if "ORDER BY" not in span.sql else None
    columns = [_COLUMN.fullmatch(each.strip()) for each in match["columns"].split(",")]
    own = [each for each in columns if each is not None and each["table"] in {None, *span.tables[:1]}]
    names = [f'"{"-" if each["way"] == "DESC" else ""}{each["name"]}"' for each in own]
    return f"order_by({', '.join(names)})" if len(names) == len(columns) else None


def conditions_of(span: Span, relation: str) -> tuple[str, ...] | None:
    """Return the conditions of ``.relation.filter(stars=5)``, ``None`` where they are not all fixed and in sight."""
    for site in (span.call_site, *reversed(span.build_sites)):
        call = call_of(site)
        for node in ast.walk(call) if call is not None else ():
            if isinstance(node, ast.Call) and _filters(node, relation):
                fixed = not node.args and all(each.arg and _fixed(each.value) for each in node.keywords)
                return tuple(map(ast.unparse, node.keywords)) if fixed else None
    return None


def _filters(call: ast.Call, relation: str) -> bool:
    above = call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr == "filter" else None
    return isinstance(above, ast.Attribute) and above.attr == relation


def _fixed(value: ast.expr) -> bool:
    """Return whether a value is a constant, or one of a class: ``Book.Status.IN_PRINT``."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Constant) or (isinstance(value, ast.Name) and value.id[:1].isupper())
