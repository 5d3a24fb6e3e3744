"""Writes the loop that inserts, saves or deletes row by row as it is to read: with one statement in its place or behind it."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Sequence
from datetime import date, timedelta

from queryscope.profiler.analysis.advice.edits import Edit
from queryscope.profiler.analysis.advice.write_loops import Rewritten, WriteLoop, gathered, instead, name_of
from queryscope.profiler.trace import Parameter, Span

MOST_CHARS = 100
"""Characters of a line; a longer list goes over several."""
_MADE, _CHANGED = ("created", "created_rows"), ("changed", "changed_rows")
_KEEPS = frozenset({"all", "exclude", "filter", "order_by", "select_related", "using"})
"""Calls of a queryset after which ``delete()`` and ``update()`` take the very rows that a loop over it would get."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_DATES = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d")


def created(loop: WriteLoop, model: str) -> Rewritten | None:
    """Return the loop of ``Model.objects.create()`` as one ``bulk_create()``."""
    manager = loop.receiver
    if not isinstance(manager, ast.Attribute) or loop.call.args or loop.method not in {"create", "acreate"}:
        return None  # through a related manager, which gives each row its parent
    kind = loop.text(manager.value)
    if kind.rpartition(".")[2] != model or _waits(loop):
        return None
    source, block = loop.spot.source, loop.spot.block
    end = source.end(block, loop.call.func)
    write = _awaited(loop, f"{loop.text(manager)}.", "bulk_create")
    made = f"{kind}{source.between(end, source.end(block, loop.call))}".replace("\r\n", "\n")
    if loop.alone:
        return instead(loop, _listed(loop, write, made))
    name = loop.free(*_MADE)
    if name is None:
        return None
    start, stop = source.start(block, loop.statement), source.end(block, loop.statement)
    edits = [Edit(start, end, f"{name}.append({kind}"), Edit(stop, stop, ")")]
    return gathered(loop, name, edits, f"{write}({name})")


def _listed(loop: WriteLoop, write: str, made: str) -> str:
    """Return the call with a list of what the loop makes, in one line or in one for each part of it."""
    each = "async for" if isinstance(loop.loop, ast.AsyncFor) else "for"
    head = f"{each} {loop.text(loop.loop.target)} in {loop.through}"
    line = f"{write}([{made} {head}])"
    if "\n" not in line and len(line) + loop.loop.col_offset <= MOST_CHARS:
        return line
    # What stood in the body of the loop stands as far to the right in the list.
    inner = textwrap.dedent(" " * loop.statement.col_offset + made)
    return f"{write}([\n{textwrap.indent(inner, '    ')}\n    {head}\n])"


def inserted(loop: WriteLoop, model: str, manager: str, *, keyed: bool) -> Rewritten | None:
    """Return the loop that makes objects and saves each as one that makes them, with ``bulk_create()`` behind it.

    ``keyed`` says that the database tells their keys: else nobody may have the objects later.
    """
    row = loop.receiver
    if not isinstance(row, ast.Name) or _arguments(loop) or not loop.knows(model):
        return None
    write = _awaited(loop, f"{manager}.", "bulk_create")
    if row.id == loop.row:
        return instead(loop, f"{write}({loop.through})") if loop.alone and keyed else None
    name = loop.free(*_MADE)
    if name is None or not _own(loop, row.id) or loop.later(row.id):
        return None
    return gathered(loop, name, [_appended(loop, name, row.id)], f"{write}({name})")


def _own(loop: WriteLoop, row: str) -> bool:
    """Return whether each step of a loop makes the row, and hands it to nobody."""
    lines = loop.loop.body[: loop.loop.body.index(loop.statement)]
    made = [
        n
        for n, line in enumerate(lines)
        if isinstance(line, ast.Assign) and row in map(name_of, line.targets)
    ]
    uses = [node for line in lines for node in ast.walk(line) if name_of(node) == row]
    read = [node for line in lines for node in ast.walk(line) if isinstance(node, ast.Attribute)]
    attributes = sum(name_of(node.value) == row for node in read)
    first = next(
        (n for n, line in enumerate(lines) if any(name_of(node) == row for node in ast.walk(line))), None
    )
    return len(made) == 1 and first == made[0] and len(uses) == attributes + 1


def changed(loop: WriteLoop, fields: Sequence[str], model: str, manager: str) -> Rewritten | None:
    """Return the loop that changes rows and saves each as one that changes them, with ``bulk_update()`` behind it."""
    row, name = loop.row, loop.free(*_CHANGED)
    if row is None or name is None or not loop.knows(model) or _later_in_step(loop, row):
        return None
    names = ", ".join(f'"{each}"' for each in fields)
    write = f"{_awaited(loop, f'{manager}.', 'bulk_update')}({name}, [{names}])"
    return gathered(loop, name, [_appended(loop, name, row)], write)


def _later_in_step(loop: WriteLoop, row: str) -> bool:
    behind = loop.loop.body[loop.loop.body.index(loop.statement) + 1 :]
    return any(name_of(node) == row for line in behind for node in ast.walk(line))


def set_by_itself(span: Span, columns: Sequence[str], given: Sequence[str], day: str) -> bool:
    """Return whether ``save()`` may have written a time that the model sets (``auto_now``), which only ``save()`` does.

    ``day`` is when that was: a date long before it is none of those.
    """
    pairs = zip(columns, span.params, strict=False)
    return any(
        _now(value, day)
        for name, value in pairs
        if name not in given and name.removesuffix("_id") not in given
    )


def _now(value: Parameter, day: str) -> bool:
    text = value.text or ""
    if value.type in {"date", "datetime", "time"} or (value.type == "str" and _DATES.match(text)):
        return value.masked or not _DAY.match(text) or not _before(text[:10], day[:10])
    return value.type == "str" and (value.text is None or value.masked)


def _before(one: str, other: str) -> bool:
    """Return whether a day is not the other one in any time zone."""
    try:
        return abs(date.fromisoformat(one) - date.fromisoformat(other)) > timedelta(days=1)
    except ValueError:
        return False


def for_all(loop: WriteLoop, code: str, call: str, *, alone: bool) -> Rewritten | None:
    """Return one call in place of a loop over rows: of the queryset itself, or as ``code`` says it of a list.

    ``alone`` tells whether the loop does nothing besides. There is none where the rows are read later: they would not have
    what was written.
    """
    row, through = loop.row, loop.loop.iter
    if row is None or not alone or loop.later(row):
        return None
    if isinstance(through, ast.Name):
        fits = f" in {through.id}]" in code and not loop.later(through.id)
        return instead(loop, code) if fits else None
    kept = _queryset(through)
    return instead(loop, f"{_awaited(loop, f'{loop.text(kept)}.', call)}") if kept is not None else None


def _queryset(node: ast.expr) -> ast.expr | None:
    """Return the queryset that a loop goes through, where it is a class's and takes all rows that it chooses."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "iterator":
        node = node.func.value
    inner = node
    while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in _KEEPS:
        inner = inner.func.value
    manages = isinstance(inner, ast.Attribute) and (_last(inner.value)[:1].isupper()) and inner is not node
    return node if manages else None


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else name_of(node) or ""


def _appended(loop: WriteLoop, name: str, row: str) -> Edit:
    source, block = loop.spot.source, loop.spot.block
    return Edit(
        source.start(block, loop.statement), source.end(block, loop.statement), f"{name}.append({row})"
    )


def _awaited(loop: WriteLoop, start: str, method: str) -> str:
    return f"await {start}a{method}" if loop.awaited else f"{start}{method}"


def _arguments(loop: WriteLoop) -> bool:
    return bool(loop.call.args or loop.call.keywords)


def _waits(loop: WriteLoop) -> bool:
    """Return whether what a row is made of has to be waited for, or gives a name."""
    parts = [*loop.call.args, *(each.value for each in loop.call.keywords)]
    return any(isinstance(node, (ast.Await, ast.NamedExpr)) for part in parts for node in ast.walk(part))
