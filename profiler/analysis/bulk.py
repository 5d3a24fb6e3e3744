"""Advice to write many rows by one statement: bulk_create, bulk_update, a delete of all, inserts that tolerate conflicts."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.profiler.analysis.lookups import call_of, loop_of
from queryscope.profiler.analysis.repeats import function_inside, inside
from queryscope.profiler.analysis.shapes import asked
from queryscope.profiler.analysis.telling import place, short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Span

_SILENT = "It calls no save() of the model and sends no signals: keep the loop where those do the work."
_OWN_METHODS = frozenset({"save", "delete", "create"})
_RELATED = frozenset({"_add_items", "_remove_items", "clear"})


def bulk(spans: Sequence[Span]) -> Advice:
    """Return the advice to write by one statement what ``spans`` write row by row."""
    first = spans[-1]
    if first.kind == "update":
        summary, code = _updated(first, tuple({span.fingerprint: span for span in spans}.values()))
    else:
        summary, code = _created(first) if first.kind == "insert" else _deleted(first)
    return Advice(
        summary=f"{summary} {_SILENT}",
        code=None if _by_own_method(first) or first.model is None else code,
        where=f"after the loop around {place(first)}",
    )


def _by_own_method(span: Span) -> bool:
    """Return whether a method of the application's own model wrote: what else it does would be passed over."""
    site = span.call_site
    return site is not None and "." in site.function and site.function.rpartition(".")[2] in _OWN_METHODS


def _created(span: Span) -> tuple[str, str | None]:
    model = short(span.model)
    if inside(span, _RELATED):
        owner, _, name = model.partition("_")
        return (
            "Collect the pairs in the loop, and insert them into the table between both by bulk_create().",
            f"{owner}.{name}.through.objects.bulk_create(rows, ignore_conflicts=True)" if name else None,
        )
    loop, call = loop_of(span.call_site.loop if span.call_site else None), call_of(span.call_site)
    if (
        loop
        and call is not None
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"create", "acreate"}
    ):
        arguments = ast.unparse(ast.Call(ast.Name(model), call.args, call.keywords))
        rows = f"[{arguments} for {loop[0]} in {loop[1]}]"
        return (
            f"Make all {model} objects first, and insert them by bulk_create().",
            f"{model}.objects.bulk_create({rows})",
        )
    return (
        f"Collect the {model} objects unsaved in rows, and insert them after the loop by bulk_create().",
        f"{model}.objects.bulk_create(rows)",
    )


def _updated(span: Span, tables: Sequence[Span]) -> tuple[str, str | None]:
    model = short(span.model)
    fields = tuple(name for each in tables for name in assigned(each))
    loop = loop_of(span.call_site.loop if span.call_site else None)
    rows = loop[1] if loop and loop[1].isidentifier() else "rows"
    if function_inside(span, frozenset({"save", "asave"})) is None:
        return (f"Load the {model} objects, change them in the loop, and write them by bulk_update().", None)
    which = "" if len(fields) < 3 else " Name the fields that the loop changes, and no others."
    known = "" if rows != "rows" else " rows stands for the list of the changed objects."
    names = ", ".join(f'"{name}"' for name in fields)
    return (
        f"Change the {model} objects in the loop without saving, and write them after it by bulk_update().{which}{known}",
        f"{model}.objects.bulk_update({rows}, [{names}])" if fields else None,
    )


def _deleted(span: Span) -> tuple[str, str | None]:
    model = short(span.model)
    loop = loop_of(span.call_site.loop if span.call_site else None)
    name, rows = loop if loop and loop[1].isidentifier() else ("row", "rows")
    if inside(span, _RELATED):
        return ("Delete the rows between both tables by one delete().", None)
    return (
        f"Delete all {model} rows by one delete() of a queryset.",
        f"{model}.objects.filter(pk__in=[{name}.pk for {name} in {rows}]).delete()",
    )


def assigned(span: Span) -> tuple[str, ...]:
    """Return the columns that an UPDATE sets to a value."""
    head, _, _ = span.sql.partition(" WHERE ")
    return tuple(
        each.column for each in asked(span)[: head.count("%s")] if each.column and each.operator == "="
    )


def upsert(function: str, spans: Sequence[Span]) -> Advice:
    """Return the advice for ``get_or_create()`` or ``update_or_create()`` row by row."""
    looked = next(span for span in spans if span.kind == "select")
    model = short(looked.model)
    keys = tuple(each.column for each in asked(looked) if each.column)
    written = next((assigned(span) for span in spans if span.kind == "update"), ())
    arguments = "ignore_conflicts=True"
    if function == "update_or_create":
        names = ", ".join(f'"{name}"' for name in keys)
        unique = "" if looked.vendor == "mysql" else f", unique_fields=[{names}]"
        fields = ", ".join(f'"{name}"' for name in written if name not in keys)
        arguments = f"update_conflicts=True{unique}, update_fields=[{fields}]"
    known = function == "get_or_create" or bool(written)
    return Advice(
        summary=f"Collect the {model} objects unsaved in rows, and write them by one bulk_create(). The database must have a "
        f"unique constraint on {' and '.join(keys) or 'the key'}. {_SILENT}",
        code=f"{model}.objects.bulk_create(rows, {arguments})" if model and known else None,
        where=f"after the loop around {place(spans[0])}",
    )  # fmt: skip
