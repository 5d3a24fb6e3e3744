"""Advice to write many rows by one statement: bulk_create, bulk_update, a delete of all, inserts that tolerate conflicts."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from queryscope.profiler.analysis.advice.located import expression
from queryscope.profiler.analysis.advice.lookups import call_of, loop_of
from queryscope.profiler.analysis.advice.looped import given
from queryscope.profiler.analysis.groupings.repeats import function_inside, inside
from queryscope.profiler.analysis.statements.shapes import asked
from queryscope.profiler.analysis.wording import place, short
from queryscope.profiler.finding import Advice
from queryscope.profiler.trace import Span

_CREATED = (
    "bulk_create() calls no save() of the model and sends no signals: keep the loop where those do the work."
)
_UPDATED = (
    "bulk_update() calls no save() of the model and sends no signals: keep the loop where those do the work."
)
_DELETED = (
    "The signals pre_delete and post_delete are sent as before, but delete() of the model is not called: keep the loop where that "
    "does more than delete."
)
_PAIRED = "No m2m_changed is sent: keep the loop where that signal does the work."
_OWN_METHODS = frozenset({"save", "delete", "create"})
_RELATED = frozenset({"_add_items", "_remove_items", "clear"})
_OF_RELATION = {"insert": frozenset({"add", "aadd"}), "delete": frozenset({"remove", "aremove"})}


def bulk(spans: Sequence[Span]) -> Advice:
    """Return the advice to write by one statement what ``spans`` write row by row."""
    first = spans[-1]
    if first.kind == "update":
        summary, code = _same_for_all(spans) or _updated(
            first, tuple({span.fingerprint: span for span in spans}.values())
        )
    else:
        summary, code = _created(first) if first.kind == "insert" else _deleted(first)
    return Advice(
        summary=summary,
        code=None if _by_own_method(first) or first.model is None else code,
        where=f"{'in place of' if ' in place of the loop' in summary else 'after'} the loop around {place(first)}",
    )


def of_list(span: Span) -> Advice:
    """Return the advice for a serializer with ``many=True`` that inserts its items one by one."""
    model = short(span.model) or "the model"
    return Advice(
        summary="Write a ListSerializer whose create() makes the objects of validated_data unsaved, inserts them by one "
        f"bulk_create() of {model} and returns them. Name it in Meta.list_serializer_class of the serializer. Values of "
        f"many-to-many fields have to be set after it. {_CREATED}",
        where="the serializer that the view calls with many=True",
    )


def _by_own_method(span: Span) -> bool:
    """Return whether a method of the application's own model wrote: what else it does would be passed over."""
    site = span.call_site
    return site is not None and "." in site.function and site.function.rpartition(".")[2] in _OWN_METHODS


def _created(span: Span) -> tuple[str, str | None]:
    model = short(span.model)
    if inside(span, _RELATED):
        owner, _, name = model.partition("_")
        return _of_one(span) or (
            f"Collect the pairs in the loop, and insert them into the table between both by bulk_create(). {_PAIRED}",
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
            f"Make all {model} objects first, and insert them by bulk_create(). {_CREATED}",
            f"{model}.objects.bulk_create({rows})",
        )
    return (
        f"Collect the {model} objects unsaved in rows, and insert them after the loop by bulk_create(). {_CREATED}",
        f"{model}.objects.bulk_create(rows)",
    )


def _same_for_all(spans: Sequence[Span]) -> tuple[str, str] | None:
    """Return the one ``update()`` that gives all rows the values that the source and the statements give each of them."""
    span, model = spans[-1], short(spans[-1].model)
    known, columns = given(span.call_site), assigned(span)
    if known is None or known.same is None or len({each.fingerprint for each in spans}) != 1:
        return None
    places = [_column(name, columns) for name in known.names]
    if any(place is None or len({each.params[place] for each in spans}) != 1 for place in places):
        return None
    loop = loop_of(span.call_site.loop if span.call_site else None)
    rows = loop[1] if loop and loop[1].isidentifier() else "rows"
    values = ", ".join(f"{name}={value}" for name, value in zip(known.names, known.same, strict=True))
    later = ("await ", "a") if function_inside(span, frozenset({"asave"})) else ("", "")
    stands = "" if rows != "rows" else " rows stands for what the loop goes through."
    summary = f"Every {model} is given the same: write it to all of them by one update(), in place of the loop.{stands}"
    return (
        f"{summary} update() calls no save() of the model, sends no signals and sets no auto_now field.",
        f"{later[0]}{model}.objects.filter(pk__in=[{known.row}.pk for {known.row} in {rows}]).{later[1]}update({values})",
    )


def _column(name: str, columns: Sequence[str]) -> int | None:
    """Return the place of the column that an attribute is saved in, of a foreign key by its own name or by that of its row."""
    return next((place for place, each in enumerate(columns) if each in {name, f"{name}_id"}), None)


def _updated(span: Span, tables: Sequence[Span]) -> tuple[str, str | None]:
    model = short(span.model)
    fields = tuple(name for each in tables for name in assigned(each))
    loop = loop_of(span.call_site.loop if span.call_site else None)
    rows = loop[1] if loop and loop[1].isidentifier() else "rows"
    if function_inside(span, frozenset({"save", "asave"})) is None:
        summary = f"Load the {model} objects, change them in the loop, and write them by bulk_update()."
        return f"{summary} Like update(), it calls no save() and sends no signals.", None
    known_fields = given(span.call_site)
    whole = len(fields) > 2 and "update_fields" not in ((span.call_site and span.call_site.source) or "")
    if known_fields is not None and all(_column(name, fields) is not None for name in known_fields.names):
        fields, whole = known_fields.names, False
    which = (
        " fields stands for the names of the fields that the loop changes, and no others." if whole else ""
    )
    known = "" if rows != "rows" else " rows stands for the list of the changed objects."
    names = ", ".join(f'"{name}"' for name in fields)
    summary = (
        f"Change the {model} objects in the loop without saving, and write them after it by bulk_update()."
    )
    return (
        f"{summary}{which}{known} {_UPDATED}",
        f"{model}.objects.bulk_update({rows}, {'fields' if whole else f'[{names}]'})" if fields else None,
    )


def _deleted(span: Span) -> tuple[str, str | None]:
    model = short(span.model)
    loop = loop_of(span.call_site.loop if span.call_site else None)
    name, rows = loop if loop and loop[1].isidentifier() else ("row", "rows")
    if inside(span, _RELATED):
        return _of_one(span) or (f"Delete the rows between both tables by one delete(). {_PAIRED}", None)
    return (
        f"Delete all {model} rows by one delete() of a queryset. {_DELETED}",
        f"{model}.objects.filter(pk__in=[{name}.pk for {name} in {rows}]).delete()",
    )


def _of_one(span: Span) -> tuple[str, str] | None:
    """Return the call that gives one object all that a loop gives it row by row: ``book.genres.add(*genres)``."""
    call, loop = call_of(span.call_site), loop_of(span.call_site.loop if span.call_site else None)
    if call is None or loop is None or len(call.args) != 1 or not isinstance(call.func, ast.Attribute):
        return None
    argument, name = call.args[0], call.func.attr
    if name not in _OF_RELATION[span.kind] or not isinstance(argument, ast.Name) or argument.id != loop[0]:
        return None
    names = (node.id for node in ast.walk(call.func) if isinstance(node, ast.Name))
    if loop[0] in names or " if " in (span.call_site.loop or "" if span.call_site else ""):
        return None
    kept = ", ".join([f"*{loop[1]}", *map(ast.unparse, call.keywords)])
    awaited = "await " if name.startswith("a") and name != "add" else ""
    code = f"{awaited}{ast.unparse(call.func)}({kept})"
    return (
        f"Give {name}() all of them in one call, in place of the loop. m2m_changed is sent once, for all of them.",
        code,
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
        f"unique constraint on {' and '.join(keys) or 'the key'}.{which} {_CREATED}",
        code=f"{model}.objects.bulk_create(rows, {arguments})" if model else None,
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
