"""Reads the line that asks for one row by its key, and writes the query that asks for all of them at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from queryscope.profiler.analysis.advice.heads import all_of
from queryscope.profiler.analysis.statements.shapes import asked, expression
from queryscope.profiler.sql.tokens import tokens
from queryscope.profiler.trace import CallSite, Span, Value

_ORDER = re.compile(r"ORDER BY (?P<columns>.+?) (?:LIMIT|FETCH) ")
_COLUMN = re.compile(r'(?:["`](?P<table>\w+)["`]\.)?["`](?P<name>\w+)["`] (?P<way>ASC|DESC)')
_ALONE = re.compile(r"\bFROM (?!\()\S+ WHERE \(?\S+ = %s\)?(?: (?:ORDER BY|LIMIT|FETCH)\b.*)?;?$", re.DOTALL)
"""A statement of one table with one condition, which says all there is to be known of it."""
_CHOOSE = frozenset({"get", "aget", "filter"})
_KEPT = frozenset({"only", "defer", "select_related", "prefetch_related", "using", "order_by"})
"""Calls that change how rows come, and in which order, and not which ones."""
_GETS = _CHOOSE | {
    "first", "afirst", "last", "alast", "latest", "alatest", "earliest", "aearliest", "count", "acount", "exists", "aexists",
    "aggregate", "aaggregate", "all",
}  # fmt: skip
_READERS = frozenset({"list", "tuple", "len", "bool", "set"})
_KEY = "asked_for"
"""What a row is told by that was found by a column of another table."""
_SHORTCUTS = frozenset({"get_object_or_404", "aget_object_or_404"})


class Lookup(Value, frozen=True, kw_only=True):
    """How to ask for all rows: ``rows`` is a queryset, ``column`` what they are found by, ``keys`` what is asked for.

    ``keyed`` is the queryset where its rows are read: each keeps its key in ``attribute``, which may need ``imports``. ``bulk``
    is the queryset to call ``in_bulk()`` of, where the column is the primary key. All are Python source. ``keys_known``
    says that ``keys`` was read from the code and is not only a name for it.
    """

    rows: str
    keyed: str | None
    bulk: str | None = None
    imports: str = ""
    column: str
    attribute: str
    keys: str
    keys_known: bool


class _Start(NamedTuple):
    """A line taken apart: what it takes rows of, by which conditions, and the calls behind them that say how they come."""

    rows: ast.expr
    shortcut: bool
    conditions: tuple[ast.keyword, ...]
    after: tuple[ast.Call, ...]
    manager: str = ""

    @property
    def text(self) -> str:
        return f"{ast.unparse(self.rows)}{f'.{self.manager}' if self.shortcut and isinstance(self.rows, ast.Name) else ''}"

    @property
    def calls(self) -> list[ast.Call]:
        """All calls that say how rows come, the last one first."""
        found, node = list(reversed(self.after)), self.rows
        while isinstance(node, ast.Call | ast.Attribute):
            if isinstance(node, ast.Call):
                found.append(node)
            node = node.func if isinstance(node, ast.Call) else node.value
        return found

    @property
    def fixed(self) -> bool:
        """Return whether the rows are those of a class, and nothing that is asked of them before depends on a variable."""
        node = self.rows
        while isinstance(node, ast.Call | ast.Attribute):
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and _fixed(node) and all(map(_said, self.calls))


def lookup(span: Span, places: Sequence[int], loop: str | None, manager: str) -> Lookup | None:
    """Return the query for all keys, where the parameter at the only one of ``places`` is what the loop varies.

    ``manager`` is that of the model (``Book.objects``), for lines that name none.
    ``None`` where the line does not tell how to write it beyond doubt; no value of a request is ever written down.
    """
    columns = asked(span)
    if len(places) != 1 or places[0] >= len(columns) or span.model is None:
        return None
    column, own = columns[places[0]].column, _own(span, places[0])
    for site in (span.call_site, *reversed(span.build_sites)):
        call = call_of(site)
        start = _start(call) if call is not None else None
        if start is not None:
            start = start._replace(manager=manager.rpartition(".")[2])
            return _written(span, start, column if own else None, loop)
    if not own or not _ALONE.search(span.sql) or span.sql.startswith("SELECT DISTINCT"):
        return None
    name, rows = _name(column), manager
    kept = _recorded(span, name)
    return Lookup(
        rows=f"{rows}.filter({name}__in=keys)", keyed=f"{rows}.filter({name}__in=keys){kept}",
        bulk=f"{rows}{kept}" if name == "pk" else None, column=name, attribute=name, keys="keys", keys_known=False,
    )  # fmt: skip


def _name(column: str) -> str:
    return "pk" if column == "id" else column


def _own(span: Span, place: int) -> bool:
    """Return whether the column of a placeholder is one of the table that the rows come from, and not of a joined one."""
    before: list[str] = []
    main, number = "", 0
    for token in tokens(span.sql, span.vendor):
        if token.kind in {"space", "comment"}:
            continue
        if not main and before[-1:] == ["from"]:
            main = token.name
        if token.kind == "placeholder":
            if number == place:
                return before[-3:-2] != ["."] or before[-4] == main
            number += 1
        before.append(token.name)
    return False


def _recorded(span: Span, key: str) -> str:
    """Return the calls by which rows came as they did, from what is known of their queryset."""
    known = span.queryset
    if known is None:
        return ""
    names = (*known.only, *([key] if known.only and not _among(key, known.only) else []))
    calls = {"select_related": known.joined, "defer": known.deferred, "only": names}
    return "".join(f".{method}({', '.join(map(_quoted, given))})" for method, given in calls.items() if given)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _among(key: str, names: Sequence[str]) -> bool:
    return key in {"pk", "id"} or bool({key, key.removesuffix("_id")} & set(names))


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


def _written(span: Span, start: _Start, column: str | None, loop: str | None) -> Lookup | None:
    """Return the query in the words of the line itself, where the key is its only varying argument.

    ``column`` is ``None`` where it is one of a joined table: then the line has to name the way to it, and nothing else.
    """
    if column is None:
        varied = [each for each in start.conditions if not _fixed(each.value)] if start.fixed else []
    else:
        names = {column, _name(column), column.removesuffix("_id")}
        varied = [each for each in start.conditions if _path(each) in names and not _fixed(each.value)]
    others = [each for each in start.conditions if each not in varied]
    if len(varied) != 1 or not all(_fixed(each.value) for each in others) or not all(map(_said, start.after)):
        return None
    path = _path(varied[0])
    keys = all_of(ast.unparse(varied[0].value), loop)
    conditions = ", ".join([f"{path}__in={keys or 'keys'}", *map(ast.unparse, others)])
    rows = f"{start.text}.filter({conditions})"
    kept = _kept(span, start, None if column is None else path)
    keyed = bulk = None
    if kept is not None:
        keyed = f'{rows}{kept}.annotate({_KEY}=F("{path}"))' if column is None else f"{rows}{kept}"
        chosen = f".filter({', '.join(map(ast.unparse, others))})" if others else ""
        bulk = f"{start.text}{chosen}{kept}" if column is not None and path in {"pk", "id"} else None
    return Lookup(
        rows=rows, keyed=keyed, bulk=bulk, column=path, attribute=_KEY if column is None else _name(column),
        imports="from django.db.models import F\n" if column is None else "", keys=keys or "keys",
        keys_known=keys is not None,
    )  # fmt: skip


def _path(condition: ast.keyword) -> str:
    return (condition.arg or "").removesuffix("__exact")


def _kept(span: Span, start: _Start, key: str | None) -> str | None:
    """Return the calls behind the conditions, with the column of the key among those loaded; ``None`` where that is not clear."""
    names = {method: _named(start.calls, method) for method in ("only", "defer")}
    only, deferred = names["only"], names["defer"]
    if only is None or deferred is None or (key is not None and deferred and _among(key, deferred)):
        return None
    texts = [ast.unparse(each)[len(ast.unparse(_above(each))) :] for each in start.after]
    known = span.queryset.only if span.queryset is not None and not only else ()
    if key is None or not (only or known) or _among(key, only or known):
        return "".join(texts)
    calls = [text for text in texts if not text.startswith(".only(")]
    return f"{''.join(calls)}.only({', '.join(map(_quoted, (*(only or known), key)))})"


def _named(calls: Sequence[ast.Call], method: str) -> tuple[str, ...] | None:
    """Return the columns that the last call of a method names, ``None`` where they are not written down."""
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == method:
            given = [each.value for each in call.args if isinstance(each, ast.Constant)]
            names = tuple(each for each in given if isinstance(each, str))
            return names if len(names) == len(call.args) else None
    return ()


def _above(call: ast.Call) -> ast.expr:
    assert isinstance(call.func, ast.Attribute)
    return call.func.value


def _said(call: ast.Call) -> bool:
    """Return whether all arguments of a call are written down."""
    return all(map(_fixed, [*call.args, *(each.value for each in call.keywords)]))


def _start(call: ast.Call) -> _Start | None:
    """Return the line taken apart, ``None`` where it does not take rows by conditions, or does more with them."""
    while isinstance(call.func, ast.Name) and call.func.id in _READERS and len(call.args) == 1:
        if not isinstance(call.args[0], ast.Call):
            return None
        call = call.args[0]
    if isinstance(call.func, ast.Name) and call.func.id in _SHORTCUTS and len(call.args) == 1:
        return _Start(call.args[0], True, tuple(call.keywords), ())
    after: list[ast.Call] = []
    while isinstance(call.func, ast.Attribute):
        method = call.func.attr
        if method in _CHOOSE and (call.args or call.keywords):
            if call.args or any(each.arg is None for each in call.keywords):
                return None
            return _Start(call.func.value, False, tuple(call.keywords), tuple(reversed(after)))
        if method in _KEPT:
            after.append(call)
        elif method not in _GETS:
            return None
        if not isinstance(call.func.value, ast.Call):
            return None
        call = call.func.value
    return None


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
