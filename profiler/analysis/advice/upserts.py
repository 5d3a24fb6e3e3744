"""Advice to write rows by one statement that takes those which are there already: inserts that tolerate conflicts."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.profiler.analysis.advice.located import expression
from queryscope.profiler.analysis.advice.lookups import call_of
from queryscope.profiler.analysis.advice.managers import manager
from queryscope.profiler.analysis.evidence import Evidence
from queryscope.profiler.analysis.statements.shapes import asked
from queryscope.profiler.analysis.wording import place, short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Span

CREATED = (
    "bulk_create() calls no save() of the model and sends no signals: keep the loop where those do the work. Where one row fails, "
    "none is written."
)


def assigned(span: Span) -> tuple[str, ...]:
    """Return the columns that an UPDATE sets to a value."""
    head, _, _ = span.sql.partition(" WHERE ")
    return tuple(
        each.column for each in asked(span)[: head.count("%s")] if each.column and each.operator == "="
    )


def upsert(evidence: Evidence, function: str, spans: Sequence[Span]) -> Advice:
    """Return the advice for ``get_or_create()`` or ``update_or_create()`` row by row.

    Without a diff: the one statement needs a unique constraint, of which a trace does not know.
    """
    looked = next(span for span in spans if span.kind == "select")
    model = short(looked.model)
    keys = tuple(each.column for each in asked(looked) if each.column)
    arguments, named = "ignore_conflicts=True", True
    if function == "update_or_create":
        written = next((assigned(span) for span in spans if span.kind == "update"), ()) or _defaults(spans[0])
        names, fields = (
            ", ".join(f'"{name}"' for name in each) for each in (keys, [n for n in written if n not in keys])
        )
        unique = "" if looked.vendor == "mysql" else f", unique_fields=[{names}]"
        arguments = (
            f"update_conflicts=True{unique}, update_fields={f'[{fields}]' if fields else 'list(defaults)'}"
        )
        named = bool(fields)
    which = "" if named else " defaults stands for what the call is given by that name."
    return Advice(
        summary=f"Collect the {model} objects unsaved in rows, and write them by one bulk_create(). The database must have a "
        f"unique constraint on {' and '.join(keys) or 'the key'}.{which} {CREATED}",
        code=f"{manager(evidence, looked.model)}.bulk_create(rows, {arguments})" if model else None,
        where=f"after the loop around {place(spans[0])}",
    )


def _defaults(span: Span) -> tuple[str, ...]:
    """Return the names that a call of ``update_or_create()`` gives values to, where it has them written down."""
    spot = expression(span.call_site) if span.call_site is not None else None
    call = spot.anchor if spot is not None else call_of(span.call_site)
    for keyword in call.keywords if isinstance(call, ast.Call) else ():
        if keyword.arg == "defaults" and isinstance(keyword.value, ast.Dict):
            names = [key.value for key in keyword.value.keys if isinstance(key, ast.Constant)]
            return tuple(map(str, names)) if len(names) == len(keyword.value.keys) else ()
    return ()
